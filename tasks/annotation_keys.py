"""What an annotation may name a film by, held as keyed hashes."""

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Protocol


class Pseudonyms(Protocol):
    """What the catalogue needs of ``tasks.deid.pseudonyms.Pseudonymizer``."""

    def image_id(self, sop_uid: str) -> str:
        """Pseudonym of a film."""

    def patient_id(self, center: str, issuer: str, patient_id: str) -> str:
        """Pseudonym of a patient."""


class AnnotationKeys(Mapping[str, str]):
    """What an annotation names a film by, to the film's image_id.

    Asked with ``uid:<SOPInstanceUID>``, ``file:<path under the center's folder>`` or
    ``accession:<AccessionNumber>``; inside, only keyed hashes are held. A duplicate answers with
    the film that stands for it. An accession number of several films answers with "".
    """

    def __init__(self, by_hash: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        self._by_hash = dict(by_hash)
        self._pseudonyms = pseudonyms

    def __getitem__(self, lookup: str) -> str:
        return self._by_hash[self._pseudonyms.image_id(lookup)]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the hashes; what was hashed is not kept."""
        return iter(self._by_hash)

    def __len__(self) -> int:
        return len(self._by_hash)

    def values(self) -> ValuesView[str]:
        """Every film that an annotation can name."""
        return {hashed: image for hashed, image in self._by_hash.items() if image}.values()

    def items(self) -> ItemsView[str, str]:
        """Hashes and films."""
        return self._by_hash.items()
