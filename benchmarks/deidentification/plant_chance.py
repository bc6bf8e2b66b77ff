"""What is called like something else: names in other forms go, short numbers and words stay.

A cleaner that searches for identifiers as they stand misses the first, and loses the second.
"""

from planting import Planter
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

# Also a window's center and width, an intercept and a distance.
_SHORT_IDS = ("2048", "4096", "1024")
_EPONYM = "Paget"
_DAYS = ("17.02.48", "17FEB48", "DR 17. Februar 1948")


def plant_chance(ds: Dataset, planter: Planter) -> None:
    """Plant into a film that has its plain identifiers already."""
    _short_ids(ds)
    _names(ds, planter)
    _days(ds, planter)


def _short_ids(ds: Dataset) -> None:
    """Give the patient numbers that the film is shown by; what is kept asks for these."""
    for number in _SHORT_IDS:
        other = Dataset()
        other.PatientID = number
        ds.OtherPatientIDsSequence.append(other)


def _names(ds: Dataset, planter: Planter) -> None:
    """Write a compound name as one word, an eponym with an ending, a surname as a code."""
    one, other, third, fourth = (planter.syllable().capitalize() for _ in range(4))
    ds.OtherPatientNames = [
        *ds.OtherPatientNames,
        f"{one}-{other}^{_EPONYM}",
        f"van {third} {fourth}^Al",
    ]
    equipment = Dataset()
    equipment.Manufacturer, equipment.ManufacturerModelName = f"{one}{other}", f"{third}{fourth} DR"
    planter.key.secrets += [("compound name", f"{one}{other}"), ("compound name", third + fourth)]
    ds.ContributingEquipmentSequence.append(equipment)
    ds.StudyDescription = f"{ds.StudyDescription} {_EPONYM}s"
    planter.key.secrets.append(("eponym", _EPONYM))
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = f"{third}{one}".upper(), "DCM"
    code.CodeMeaning = "lumbar spine"
    planter.key.secrets.append(("name as a code", code.CodeValue))
    ds.AnatomicRegionSequence[0].setdefault(
        "AnatomicRegionModifierSequence", Sequence([])
    ).value.append(code)


def _days(ds: Dataset, planter: Planter) -> None:
    """Spell the birth date as people do where versions and models stand."""
    equipment = Dataset()
    equipment.Manufacturer, equipment.ManufacturerModelName = "Acme", _DAYS[2]
    equipment.SoftwareVersions = [*_DAYS[:2]]
    planter.key.secrets += [("day in a version", day) for day in _DAYS]
    ds.ContributingEquipmentSequence.append(equipment)


def plant_everyday(ds: Dataset, planter: Planter) -> None:
    """Call a department and a step by words that the film is described with."""
    department, step = "Diagnostic Radiology", "XR LSPINE"
    ds.ContributingEquipmentSequence[0].InstitutionalDepartmentName = department
    request = Dataset()
    request.RequestedProcedureID = request.ScheduledProcedureStepID = step
    ds.RequestAttributesSequence.append(request)
    ds.DerivationDescription = f"{department} {step} of {ds.DerivationDescription}"
    words = (department + " " + step).split()
    planter.key.words += [("DerivationDescription", word) for word in words]
