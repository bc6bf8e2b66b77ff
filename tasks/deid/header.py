"""Build a clean header from scratch: nothing is copied that no rule lets through."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tasks.deid.actions import DUMMIES, Action
from tasks.deid.coded import is_code, neutral_code, standard_meaning
from tasks.deid.containers import fit_table
from tasks.deid.harvest import MAX_DEPTH, elements_of, texts_of
from tasks.deid.profile import Profile
from tasks.deid.rules import attribute_type, is_graphics, keyword_of, least_values, rule_for
from tasks.deid.safe_private import safe_elements
from tasks.deid.shown import SHOWN, drop_halves
from tasks.deid.values import Film, clean_value, written_vr
from tasks.dicom.elements import text

_CODES: Final = ("CodeValue", "LongCodeValue", "URNCodeValue", "CodingSchemeVersion")
# A 0 would be another number than was measured, and ANONYMOUS begins like the direction A.
_WITHOUT_DUMMY: Final = SHOWN | {*_CODES, "CollimatorShape", "PatientOrientation"}
_NUMBERS: Final = frozenset({"DS", "IS"})


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Cleans one film's header under one profile.

    Attributes
    ----------
    is_big_endian
        Of the source; bytes of a look-up table are in its order.
    tally
        (attribute class, action) to how many elements; no values.
    """

    profile: Profile
    film: Film
    sop_class: str
    is_big_endian: bool = False
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)

    def clean(self, ds: Dataset, parent: str = "", depth: int = 0) -> Dataset:
        """Return a new data set with what may stay, at every depth."""
        target = Dataset()
        for element in elements_of(ds):
            if element is None:
                self.tally["unreadable", Action.REMOVE] += 1
                continue
            kept = self._clean_element(element, parent, depth)
            if kept is not None:
                target.add(kept)
        drop_halves(target, ds)
        for element in safe_elements(ds, self.profile):
            if any(self.film.forbidden.is_said_by_number(said) for said in texts_of(element)):
                continue
            target.add(element)
            self.tally["private", Action.KEEP] += 1
            self.tally["private", Action.REMOVE] -= 1
        return target

    def _clean_element(self, element: DataElement, parent: str, depth: int) -> DataElement | None:
        """Return the element to write, None when nothing is."""
        if element.tag.element == 0:
            return None  # group lengths are retired and count what is no longer there
        keyword = keyword_of(element.tag)
        vr = written_vr(element) if keyword else element.VR
        action = self.profile.action(element.tag, vr, sop_class=self.sop_class, parent=parent)
        kept = None
        if action is not Action.REMOVE:
            kind = attribute_type(self.sop_class, parent, keyword)
            kept = self._apply(element, vr, action, (kind, keyword, depth))
        done = action if kept is not None else Action.REMOVE
        self.tally[attribute_class(element), done] += 1
        return kept

    def _apply(
        self, element: DataElement, vr: str, action: Action, place: tuple[str, str, int]
    ) -> DataElement | None:
        """Apply an action; what fails falls back to what the attribute's type asks for."""
        kind, keyword, _ = place
        if vr == "SQ":
            return self._clean_sequence(element, action, place)
        values = clean_value(element, action, self.film)
        if values is None:
            if kind == "3":
                return None
            values = []
        if not values and kind == "1" and keyword != "PatientID":
            return _dummy(element, vr, keyword)
        if len(values) == 1:
            return DataElement(element.tag, vr, values[0])
        return DataElement(element.tag, vr, values or None)

    def _clean_sequence(
        self, element: DataElement, action: Action, place: tuple[str, str, int]
    ) -> DataElement | None:
        """Clean every item; items that end empty go.

        Where none is left a neutral code stands in for codes that have to be there, a sequence that
        may be empty is, and any other goes.
        """
        kind, keyword, depth = place
        is_sequence = element.VR == "SQ" and depth < MAX_DEPTH
        items: list[Dataset] = []
        if is_sequence and action is not Action.EMPTY:
            for original in element.value or ():
                item = self.clean(original, keyword, depth + 1)
                self._mend_meaning(item, original)
                if self._is_whole(item, original, keyword):
                    items.append(item)
            code = neutral_code(keyword, kind) if element.value and not items else None
            items += [code_item(*code)] if code else []
        if not items and kind != "2" and not (element.is_empty and kind != "3"):
            return None
        return DataElement(element.tag, "SQ", Sequence(items))

    def _mend_meaning(self, item: Dataset, original: Dataset) -> None:
        """Let a code mean what the standard says, in place, where a word of that was cut.

        What is left of a meaning may be another one: of antero-posterior, posterior.
        """
        said = text(original, "CodeMeaning")
        if not said or item.get("CodeMeaning") == said:
            return
        meaning = standard_meaning(text(item, "CodeValue"), text(item, "CodingSchemeDesignator"))
        if meaning and not self.film.forbidden.is_said_in(meaning):
            item.CodeMeaning = meaning

    def _is_whole(self, item: Dataset, original: Dataset, parent: str) -> bool:
        """Return whether a clean item still means something: it has what its IOD needs of it."""
        if not len(item) or _is_broken(item) or not fit_table(item, swap=self.is_big_endian):
            return False
        lost = (keyword_of(tag) for tag in original.keys() if tag not in item)  # noqa: SIM118 - tags
        return not any(
            attribute_type(self.sop_class, parent, keyword) == "1"
            for keyword in lost
            if keyword and keyword not in _CODES
        )


def code_item(value: str, scheme: str, meaning: str) -> Dataset:
    """Return the item of a code."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _dummy(element: DataElement, vr: str, keyword: str) -> DataElement | None:
    """Return a harmless element where one has to be; a code has none, its item goes.

    Nor has a number: a spacing of 0 mm would be a wrong measure of everything on the film, and
    valid for no reader; nor what decides how the film is shown, or where it lies. They are left
    out. Where the type is 1C or 3 the film is valid so; where it is 1 (the detector's spacing of
    DX), the film lacks it openly, as it did when it came without a number.
    """
    if vr not in DUMMIES or vr in _NUMBERS or keyword in _WITHOUT_DUMMY:
        return None
    value = [DUMMIES[vr]] * least_values(element.tag)
    return DataElement(element.tag, vr, value if len(value) > 1 else value[0])


def _is_broken(item: Dataset) -> bool:
    """Return whether a histogram has lost its data, or a code what makes it one."""
    if "HistogramNumberOfBins" in item and "HistogramData" not in item:
        return True
    if "CodeMeaning" not in item and "CodeValue" not in item:
        return False
    if "LongCodeValue" in item or "URNCodeValue" in item:
        return False
    return not is_code(str(item.get("CodeValue", "")), str(item.get("CodingSchemeDesignator", "")))


def attribute_class(element: DataElement) -> str:
    """Return the class an element is counted under in the audit."""
    tag = element.tag
    if tag.is_private:
        return "private"
    if is_graphics(tag):
        return "graphics"
    if not keyword_of(tag):
        return "unknown"
    return _BY_VR.get(element.VR) or _class_by_rule(element)


def _class_by_rule(element: DataElement) -> str:
    """Return the class by what Table E.1-1 lets an option do."""
    rule = rule_for(element.tag)
    if rule is None:
        return "structure" if element.VR == "SQ" else "acquisition"
    named = (name for option, name in _CLASSES.items() if option in rule.options)
    return next(named, "identifiers")


_BY_VR = {"PN": "people", "UI": "uids", "DA": "dates", "TM": "dates", "DT": "dates"}
_CLASSES = {
    "retain_patient_characteristics": "patient characteristics",
    "retain_device_identity": "device",
    "retain_institution_identity": "institution",
    "clean_descriptors": "descriptors",
    "clean_structured_content": "structured content",
    "clean_graphics": "graphics",
}
