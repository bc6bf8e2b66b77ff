"""A film to a film that names nobody.

Pure: nothing is read from or written to disk here. The caller writes the result aside and renames
it, so that a half-cleaned film never stands in the de-identified tree.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from data_contracts.records import ImageKey
from tasks.deid.actions import Action
from tasks.deid.burned_in import clean_pixels
from tasks.deid.containers import container_rows, refuse_documents, set_pixels
from tasks.deid.crosswalk import Entry, Identifier
from tasks.deid.dates import age_between
from tasks.deid.forbidden import Forbidden
from tasks.deid.gather import entry_of
from tasks.deid.harvest import person_of
from tasks.deid.header import Cleaner, code_item
from tasks.deid.profile import CODES, Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.deid.quick_look import Box
from tasks.deid.rules import edition
from tasks.deid.shown import refuse_other_measure
from tasks.deid.spelled import is_spelled_in
from tasks.deid.values import Film
from tasks.dicom.elements import text
from tasks.dicom.layout import transfer_syntax

_TEMPORAL: Final = {"shift": "MODIFIED", "keep": "UNMODIFIED", "remove": "REMOVED"}


@dataclass(frozen=True, slots=True, eq=False)
class Deidentified:
    """One film, clean.

    Attributes
    ----------
    dataset
        Clean header with the cleaned pixels set, for ``tasks.dicom.writing.save_bytes``.
    stored
        Cleaned stored values (rows, columns), for ``tasks.dicom.pixels.to_radiograph``.
    audit
        Rows of ``deidentification_audit``: center, image_id, attribute_class, action, count.
    boxes
        Blanked regions (top, left, bottom, right) in pixels, ends outside.
    entry
        Originals, for the crosswalk alone.
    """

    dataset: Dataset
    stored: npt.NDArray[Any]
    key: ImageKey
    audit: list[dict[str, str | int]]
    boxes: tuple[Box, ...]
    entry: Entry


def deidentify(  # noqa: PLR0913 - one film's circumstances, all named
    ds: Dataset,
    stored: npt.NDArray[Any],
    *,
    center: str,
    source_digest: str,
    profile: Profile,
    pseudonyms: Pseudonymizer,
    relatives: Iterable[Identifier] = (),
) -> Deidentified:
    """De-identify one film after PS3.15 Annex E.

    Parameters
    ----------
    ds
        The film as ``tasks.dicom.reading.read_film`` returns it; it is not changed.
    stored
        Its stored values as ``tasks.dicom.pixels.decode`` returns them.
    center
        Name in the study file; scopes the pseudonyms.
    source_digest
        SHA-256 of the raw file, hexadecimal.
    relatives
        Who is named in other files of the patient and the study; see ``tasks.deid.gather``.

    Raises
    ------
    FilmRejected
        ``NOT_AN_IMAGE``, ``MISSING_ATTRIBUTE``, ``NOT_DEIDENTIFIED`` or ``TEXT_NOT_CLEARED``.
    """
    refuse_documents(ds)
    _require(ds, "SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID")
    entry = entry_of(
        ds, center=center, source_digest=source_digest, profile=profile, pseudonyms=pseudonyms
    )
    named = {*entry.identifiers, *relatives}
    film = Film(
        pseudonyms=pseudonyms,
        shift_days=pseudonyms.date_shift_days(center, *person_of(ds)),
        keep_dates=profile.dates == "keep",
        forbidden=Forbidden.of(named),
    )
    is_big_endian = transfer_syntax(ds) == ExplicitVRBigEndian
    cleaner = Cleaner(profile, film, text(ds, "SOPClassUID"), is_big_endian=is_big_endian)
    clean = cleaner.clean(ds)
    refuse_other_measure(clean, ds)
    key = ImageKey(center, entry.patient_id, entry.image_id, source_digest)
    pixels, boxes = clean_pixels(ds, stored, profile) if profile.pixels == "clean" else (stored, ())
    _claim(clean, ds, profile, key.patient_id)
    set_pixels(clean, pixels, ds)
    if is_spelled_in(clean.PixelData, (item.value for item in named)):
        raise FilmRejected(Reason.NOT_DEIDENTIFIED, "values of pixels spell an identifier")
    cleaner.tally.update(container_rows(ds))
    cleaner.tally["burned-in text", Action.REMOVE] += len(boxes)
    return Deidentified(
        dataset=clean,
        stored=pixels,
        key=key,
        audit=_audit(cleaner.tally, key),
        boxes=boxes,
        entry=entry,
    )


def _require(ds: Dataset, *keywords: str) -> None:
    """Refuse a film without what names and links it."""
    for keyword in keywords:
        if not text(ds, keyword):
            raise FilmRejected(Reason.MISSING_ATTRIBUTE, keyword)


def _claim(clean: Dataset, ds: Dataset, profile: Profile, patient_id: str) -> None:
    """Write the pseudonym, and say what was done (PS3.15 E.1.1, PS3.3 C.12.1)."""
    wants_age = profile.compute_age and profile.retain_patient_characteristics
    if wants_age and not clean.get("PatientAge"):
        age = age_between(text(ds, "PatientBirthDate"), text(ds, "StudyDate"))
        if age:
            clean.PatientAge = age
    clean.PatientName = patient_id
    clean.PatientID = patient_id
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = f"DICOM PS3.15 {edition()} Table E.1-1, default deny"
    clean.DeidentificationMethodCodeSequence = Sequence(
        [code_item(value, "DCM", said) for value, said in map(CODES.__getitem__, profile.options)]
    )
    clean.LongitudinalTemporalInformationModified = _TEMPORAL[profile.dates]
    declared = text(ds, "BurnedInAnnotation")
    if profile.pixels == "clean":
        clean.BurnedInAnnotation = "NO"
    elif declared in ("YES", "NO"):
        clean.BurnedInAnnotation = declared
    if not _is_ascii(clean):
        clean.SpecificCharacterSet = "ISO_IR 192"


def _is_ascii(clean: Dataset) -> bool:
    """Return whether every value can be written without a character set."""
    written = (element for element in clean.iterall() if element.VR not in ("OW", "SQ"))
    return all(str(element.value).isascii() for element in written)


def _audit(tally: Counter[tuple[str, str]], key: ImageKey) -> list[dict[str, str | int]]:
    """Return the audit rows in a stable order."""
    return [
        {
            "center": key.center,
            "image_id": key.image_id,
            "attribute_class": name,
            "action": str(action),
            "count": count,
        }
        for (name, action), count in sorted(tally.items())
        if count > 0
    ]
