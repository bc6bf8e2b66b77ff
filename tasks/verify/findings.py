"""What the second look reports: a place and a kind, never a value."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place that should not be as it is.

    Attributes
    ----------
    place
        Path within the study and where in it, with parts that leak replaced by their digest.
    kind
        ``identifier``, ``name``, ``container``, ``element``, ``reference``, ``interval``,
        ``pixel_text`` or ``unreadable``.
    what
        What was found, in words without the value.
    """

    place: str
    kind: str
    what: str

    def as_row(self) -> dict[str, str]:
        """Return the finding as a table row."""
        return asdict(self)
