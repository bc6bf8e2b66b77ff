"""Films through the cleaner, for the tests of what comes out of it."""

from collections.abc import Iterable

from tasks.deid.crosswalk import Identifier
from tasks.deid.deidentify import Deidentified, deidentify
from tasks.deid.profile import Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film

QUICK = Profile(pixels="keep")  # everything but the search for burned-in text


def cleaned(
    content: bytes,
    profile: Profile = QUICK,
    *,
    center: str = "A",
    pseudonyms: Pseudonymizer | None = None,
    relatives: Iterable[Identifier] = (),
) -> Deidentified:
    """De-identify a file."""
    film = read_film(content)
    return deidentify(
        film,
        decode(film),
        center=center,
        source_digest="0" * 64,
        profile=profile,
        pseudonyms=pseudonyms or Pseudonymizer(bytes(32)),
        relatives=relatives,
    )
