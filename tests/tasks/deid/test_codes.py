"""Codes that nobody but one hospital knows go, and what is left is as valid as what came."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from tasks.deid.coded import is_code, is_version, neutral_code
from tasks.deid.profile import Profile
from tasks.dicom.writing import save_bytes
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

KEEPING = Profile(pixels="keep", clean_structured_content=True)  # items of the context too
CHECKER = shutil.which("dciodvfy")
CR = "1.2.840.10008.5.1.4.1.1.1"
DX = f"{CR}.1"
FOR_PROCESSING = f"{DX}.1"
REFERENCE = {"ReferencedSOPClassUID": DX, "ReferencedSOPInstanceUID": "1.2.3.77"}


def item(**header) -> Dataset:
    ds = Dataset()
    for keyword, value in header.items():
        setattr(ds, keyword, value)
    return ds


def code(value: str, scheme: str, meaning: str, **besides) -> Dataset:
    said = {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}
    return item(**said, **besides)


def coded(name: Dataset, value: Dataset) -> Dataset:
    """Return a content item that says one code of another."""
    return item(ValueType="CODE", ConceptNameCodeSequence=[name], ConceptCodeSequence=[value])


LOCAL = code("ZQ991", "99LOCAL", "Zarquen ward")
LONG = item(LongCodeValue="ZQ991" * 5, CodingSchemeDesignator="99LOCAL", CodeMeaning="Zarquen")
SPINE = ("421060004", "SCT", "Vertebral column")
LATERAL = ("R-10236", "SRT", "lateral")
STATE = code("109054", "DCM", "Patient State")
CONTEXT = "AcquisitionContextSequence"


def valid(sop_class: str, **header) -> Dataset:
    """Return a film with what its IOD asks for."""
    ds = a_film(np.arange(7680, dtype=np.uint16).reshape(96, 80) % 4096, SOPClassUID=sop_class)
    said = {
        **dict.fromkeys(("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"), "20200614"),
        **dict.fromkeys(("StudyTime", "ContentTime", "AcquisitionTime"), "101010"),
        "PatientBirthDate": "19500102",
        "PatientSex": "F",
        "ReferringPhysicianName": "Roe^Max",
        "AccessionNumber": "A77312",
        "StudyID": "S88123",
        "Manufacturer": "ACME",
        "SeriesNumber": 1,
        "InstanceNumber": 1,
        "PatientOrientation": ["A", "F"],
        "BodyPartExamined": "LSPINE",
        "Modality": "CR",
        "ViewPosition": "LL",
    }
    intent = {DX: "FOR PRESENTATION", FOR_PROCESSING: "FOR PROCESSING"}.get(sop_class)
    if intent:
        said |= {
            "Modality": "DX",
            "PresentationIntentType": intent,
            "ImageLaterality": "U",
            "ImageType": ["ORIGINAL", "PRIMARY", ""],
            "PresentationLUTShape": "IDENTITY",
            "PixelIntensityRelationship": "LIN",
            "PixelIntensityRelationshipSign": 1,
            "RescaleIntercept": 0,
            "RescaleSlope": 1,
            "RescaleType": "US",
            "LossyImageCompression": "00",
            "BurnedInAnnotation": "NO",
            "ImagerPixelSpacing": ["0.143", "0.143"],
            "DetectorType": "SCINTILLATOR",
            "AnatomicRegionSequence": [code(*SPINE)],
            CONTEXT: [],
            "WindowCenter": 2048,
            "WindowWidth": 4096,
        }
    for keyword, value in (said | header).items():
        setattr(ds, keyword, value)
    return ds


def errors(content: bytes, path: Path) -> set[str]:
    path.write_bytes(content)
    done = subprocess.run([CHECKER, path], capture_output=True, text=True, check=False)
    return {line for line in done.stderr.splitlines() if line.startswith("Error")}


AT_THE_TOP = [
    *("AnatomicRegionSequence", "PrimaryAnatomicStructureSequence", "ViewCodeSequence"),
    *("PatientOrientationCodeSequence", "PatientGantryRelationshipCodeSequence"),
    *("PatientEquipmentRelationshipCodeSequence", "ProcedureCodeSequence"),
    *("RequestedProcedureCodeSequence", "ReasonForRequestedProcedureCodeSequence"),
    *("ReasonForPerformedProcedureCodeSequence", "PerformedProtocolCodeSequence"),
    *(
        "DerivationCodeSequence",
        "InstitutionCodeSequence",
        "InstitutionalDepartmentTypeCodeSequence",
    ),
    *("PatientSpeciesCodeSequence", "PatientBreedCodeSequence", "AdmittingDiagnosesCodeSequence"),
]
WITHIN = [
    {"AnatomicRegionSequence": [LOCAL, code(*SPINE)]},
    {"AnatomicRegionSequence": [LONG]},
    {"AnatomicRegionSequence": [code(*SPINE[:2], "Zarquen")]},
    {"AnatomicRegionSequence": [code(*SPINE, AnatomicRegionModifierSequence=[LOCAL])]},
    {"ViewCodeSequence": [code(*LATERAL, ViewModifierCodeSequence=[LOCAL])]},
    {"ViewCodeSequence": [code(*LATERAL[:2], "Zarquen")]},
    {"PatientOrientationCodeSequence": [
        code("102538003", "SCT", "recumbent", PatientOrientationModifierCodeSequence=[LOCAL])
    ]},
    {"RequestAttributesSequence": [
        item(
            RequestedProcedureID="R88123",
            ScheduledProcedureStepID="S77123",
            RequestedProcedureCodeSequence=[LOCAL],
            ScheduledProtocolCodeSequence=[LOCAL],
        )
    ]},
    {"PerformedProtocolCodeSequence": [
        code(*SPINE, ProtocolContextSequence=[coded(LOCAL, STATE)])
    ]},
    {CONTEXT: [coded(LOCAL, STATE)]},
    {CONTEXT: [coded(STATE, LOCAL)]},
    {CONTEXT: [
        item(
            ValueType="NUMERIC",
            ConceptNameCodeSequence=[STATE],
            NumericValue="5",
            MeasurementUnitsCodeSequence=[LOCAL],
        )
    ]},
    {"ContributingEquipmentSequence": [
        item(Manufacturer="ACME", PurposeOfReferenceCodeSequence=[LOCAL])
    ]},
    {"SourceImageSequence": [item(PurposeOfReferenceCodeSequence=[LOCAL], **REFERENCE)]},
    {"ReferencedInstanceSequence": [item(PurposeOfReferenceCodeSequence=[LOCAL], **REFERENCE)]},
    {"RealWorldValueMappingSequence": [
        item(
            RealWorldValueFirstValueMapped=0,
            RealWorldValueLastValueMapped=4095,
            RealWorldValueIntercept=0.0,
            RealWorldValueSlope=1.0,
            LUTExplanation="Zarquen",
            LUTLabel="ZQ",
            MeasurementUnitsCodeSequence=[LOCAL],
        )
    ]},
]  # fmt: skip


@pytest.mark.skipif(CHECKER is None, reason="dciodvfy of dicom3tools is not installed")
@pytest.mark.parametrize("sop_class", [DX, FOR_PROCESSING, CR])
@pytest.mark.parametrize(
    "header",
    [*({keyword: [LOCAL]} for keyword in AT_THE_TOP), *WITHIN],
    ids=lambda one: next(iter(one)),
)
def test_a_local_code_goes_without_a_new_fault_against_the_standard(
    header: dict, sop_class: str, tmp_path: Path
):
    content = as_bytes(valid(sop_class, **header))
    written = save_bytes(cleaned(content, KEEPING).dataset)
    assert b"ZQ991" not in written
    assert b"Zarquen" not in written
    assert errors(written, tmp_path / "after.dcm") <= errors(content, tmp_path / "before.dcm")


def test_a_region_that_cannot_stay_is_a_neutral_one_where_the_iod_asks_for_it():
    def region(sop_class: str) -> list[str] | None:
        ds = cleaned(as_bytes(valid(sop_class, AnatomicRegionSequence=[LOCAL]))).dataset
        return [one.CodeMeaning for one in ds.get("AnatomicRegionSequence") or ()] or None

    assert region(DX) == ["Body structure"]
    assert region(CR) is None
    for keyword in ("AnatomicRegionSequence", "PurposeOfReferenceCodeSequence"):
        value, scheme, _ = neutral_code(keyword, "1")
        assert is_code(value, scheme)


def test_a_region_that_was_empty_stays_empty():
    ds = cleaned(as_bytes(valid(DX, AnatomicRegionSequence=[]))).dataset
    assert list(ds.AnatomicRegionSequence) == []


def test_a_value_whose_name_unit_or_number_went_means_nothing_and_goes():
    def left(number: str, name: Dataset, unit: Dataset) -> int:
        said = item(
            ValueType="NUMERIC",
            ConceptNameCodeSequence=[name],
            NumericValue=number,
            MeasurementUnitsCodeSequence=[unit],
        )
        film = valid(DX, PatientID="4839201", **{CONTEXT: [said]})
        return len(cleaned(as_bytes(film), KEEPING).dataset[CONTEXT].value)

    unit = code("mm", "UCUM", "mm")
    assert left("5", STATE, unit) == 1
    assert [left("4839201", STATE, unit), left("5", LOCAL, unit), left("5", STATE, LOCAL)] == [
        0
    ] * 3


def region(number: str, *said: str, keyword: str = "PatientID") -> str:
    """Return the region's code in a film where somebody has a number."""
    film = valid(DX, AnatomicRegionSequence=[code(*said, "lumbar spine")], **{keyword: number})
    return str(cleaned(as_bytes(film)).dataset.AnatomicRegionSequence[0].CodeValue)


LISTED = [("122496007", "SCT"), ("113100", "DCM"), ("RID34572", "RADLEX"), ("T-11503", "SRT")]


@pytest.mark.parametrize("said", LISTED)
@pytest.mark.parametrize("keyword", ["PatientID", "AccessionNumber", "StudyID"])
def test_a_code_of_the_standard_stays_unless_somebody_has_it_as_a_number(said: tuple, keyword: str):
    assert region("4711", *said, keyword=keyword) == said[0]
    for number in (said[0], f"00{said[0]}", f"{said[0]}-2", said[0].lower()):
        assert region(number, *said, keyword=keyword) != said[0]


def meaning(*said: str, **header) -> str:
    """Return what a film's view is said to mean."""
    ds = cleaned(as_bytes(valid(DX, ViewCodeSequence=[code(*said)], **header))).dataset
    return str(ds.ViewCodeSequence[0].CodeMeaning)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (("399348003", "SCT", "Antero-posterior"), "Antero-posterior"),
        (("399348003", "SCT", "a.p. by Zarquen"), "Antero-posterior projection"),
        (("10904000", "SCT", "Zarquen"), "standing"),
        (("F-10470", "SRT", "headfirst"), "Headfirst position"),
        (("121320", "DCM", "Uncompressed predecessor"), "Uncompressed predecessor"),
        (("122496007", "SCT", "L-spine"), "L-spine"),
        (("700000006", "SCT", "lateral Zarquen"), "lateral"),  # that no list has
        (("RPID2503", "RADLEX", "XR Spine Lumbar"), "XR Spine Lumbar"),
    ],
)
def test_a_code_means_what_it_meant_or_what_the_standard_says(said: tuple, left: str):
    assert meaning(*said) == left


def test_a_standard_meaning_that_names_somebody_is_not_written():
    said = ("F-10470", "SRT", "headfirst")
    assert meaning(*said, OperatorsName="Headfirst^Al") == "ANONYMOUS"


@pytest.mark.parametrize("said", ["01", "v1.0.2", "2.74", "2016", "20200831", "2023-09", "24.05"])
def test_the_version_of_a_coding_scheme_stays(said: str):
    assert is_version(said)


@pytest.mark.parametrize(
    "said",
    [
        *("431-597-1234", "431.597.1234", "078-05-1120", "192.168.17.43", "19480217"),
        *("17.02.1948", "17-02-1948", "4711"),
    ],
)
def test_a_telephone_an_address_or_a_birthday_is_no_version(said: str):
    assert not is_version(said)


def test_the_edition_of_a_list_of_codes_does_not_say_how_far_days_were_moved():
    region = code(*SPINE, ContextIdentifier="4031", ContextGroupVersion="20020904")
    content = as_bytes(valid(DX, AnatomicRegionSequence=[region]))
    for days, edition in (("shift", "19000101000000"), ("keep", "20020904")):
        ds = cleaned(content, Profile(pixels="keep", dates=days)).dataset
        assert ds.AnatomicRegionSequence[0].ContextGroupVersion == edition


@pytest.mark.parametrize("number", ["2249", "22496", "MRN 2249"])
def test_a_code_of_the_standard_holds_a_number_of_few_digits_by_chance(number: str):
    assert region(number, "122496007", "SCT") == "122496007"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("122496", ("122496007", "SCT")),  # of six digits none does
        ("48392", ("483920002", "SCT")),  # shaped as a concept, and none that the standard lists
        ("483920", ("RID483920", "RADLEX")),
        ("48392", ("C48392", "NCIt")),
        ("4839", ("4839", "NEU")),
        ("MRN 4839", ("4839", "NEU")),
        ("48392", ("48392-1", "LN")),
        ("48392-1", ("48392", "CPT4")),
        ("48392", ("048392", "SCT")),
    ],
)
def test_no_number_of_the_film_is_a_code_whatever_its_scheme(number: str, said: tuple):
    assert region(number, *said) != said[0]
