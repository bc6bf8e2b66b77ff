"""Make and model are published only where the film names nobody who stands in them."""

import re

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tasks.deid.text import squeezed
from tasks.dicom.reading import read_film
from tasks.header_named import naming_somebody
from tasks.header_values import read_values
from tasks.headers import facts_of
from tests.tasks.catalogue_builders import PSEUDONYMS
from tests.tasks.deid.deid_builders import cleaned
from tests.tasks.dicom.dicom_builders import a_film, as_bytes
from tests.tasks.test_header_scan import real_files

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]


def within(**said) -> list[Dataset]:
    item = Dataset()
    for keyword, value in said.items():
        setattr(item, keyword, value)
    return [item]


def as_published(raw: bytes) -> tuple[str | None, str | None]:
    columns = facts_of(raw, "IM").columns
    return columns["manufacturer"], columns["manufacturer_model_name"]


def as_cleaned(raw: bytes) -> tuple[str | None, str | None]:
    clean = cleaned(raw, pseudonyms=PSEUDONYMS).dataset
    return clean.get("Manufacturer"), clean.get("ManufacturerModelName")


NAMED = [
    {"PatientName": "Meyer^Jane", "Manufacturer": "Radiologie Dr. Meyer"},
    {"PatientName": "Meyer^Jane", "ManufacturerModelName": "DX of Jane Meyer 4711"},
    {"PatientName": "Mueller^Ute", "ManufacturerModelName": "MUELLER DX"},
    {"PatientName": "Müller^Ute", "ManufacturerModelName": "Mueller DX"},
    {"PatientName": "Müller^Ute", "ManufacturerModelName": "Muller DX"},
    {"PatientName": "Meyers^Jane", "Manufacturer": "DrMeyersXray"},
    {"PatientName": "Lee^Ann", "ManufacturerModelName": "DX Ann Lee"},
    {"PatientID": "47-11-08", "ManufacturerModelName": "DX 471108"},
    {"PatientID": "000123456", "ManufacturerModelName": "Unit123456"},
    {"PatientID": "AB12CD3456", "ManufacturerModelName": "Unit 123456"},
    {"PatientBirthDate": "19480217", "ManufacturerModelName": "DX 19480217"},
    {"PatientBirthDate": "19480217", "ManufacturerModelName": "DX 17 Feb 48"},
    {"StudyDate": "20200614", "ManufacturerModelName": "DX 14.6.2020"},
    {"PatientID": "00048392", "ManufacturerModelName": "DX 48392"},
    {"PatientName": "van der Berg^Jan", "ManufacturerModelName": "VanderBerg DX"},
    {"InstitutionName": "Kreisklinik Ahausen", "Manufacturer": "Kreisklinik Ahausen"},
    {"OperatorsName": "Wu^Li", "Manufacturer": "Praxis Dr. Wu"},
    {"Manufacturer": "Acme, tel 5971"},
    {"ReferringPhysicianName": "O'Brien^Pat", "Manufacturer": "Brien Imaging"},
    {"ReferencedPatientSequence": within(PatientID="77001"), "Manufacturer": "Make 77001"},
    {
        "RequestAttributesSequence": within(
            RequestingPhysician="x", ReferencedPatientSequence=within(PatientName="Quick^Ada")
        ),
        "Manufacturer": "Ada Quick Systems",
    },
]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("said", NAMED)
def test_a_make_or_model_that_names_somebody_of_the_film_is_not_published(said, syntax):
    charset = {"SpecificCharacterSet": "ISO_IR 192"}
    whole = {"Manufacturer": "ACME", "ManufacturerModelName": "DX 1"} | charset | said
    raw = as_bytes(a_film(**whole), syntax)
    kept, clean = as_published(raw), as_cleaned(raw)
    assert None in kept
    for name, published, left in zip(
        ("Manufacturer", "ManufacturerModelName"), kept, clean, strict=True
    ):
        assert published == (whole[name] if name not in said else None)
        assert left == published or published is None
        assert (left == whole[name]) == (published is not None)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "said",
    [
        {"Manufacturer": "SIEMENS", "ManufacturerModelName": "Fluorospot Compact FD"},
        {"Manufacturer": "Philips Medical Systems", "InstitutionName": "Klinik St. Anna"},
        {"Manufacturer": "Philips Medical Systems", "InstitutionName": "Mercy Medical Center"},
        {"Manufacturer": "Philips", "PatientName": "Ph^Il"},
        {"Manufacturer": "Model 4711", "PatientID": "47"},
        {"Manufacturer": "ACME", "PatientName": "Nobody^Ähnlich", "SpecificCharacterSet": ""},
    ],
)
def test_a_make_that_names_nobody_is_published_as_the_film_keeps_it(said, syntax):
    charset = {"SpecificCharacterSet": "ISO_IR 100"}
    raw = as_bytes(a_film(**charset | said), syntax)
    assert as_published(raw)[0] == said["Manufacturer"] == as_cleaned(raw)[0]


def test_a_name_under_a_private_tag_counts_as_well():
    ds = a_film(Manufacturer="Ada Quick Systems")
    ds.private_block(0x0019, "ROOM", create=True).add_new(1, "PN", "Quick^Ada")
    assert as_published(as_bytes(ds))[0] is None


def test_the_quick_look_never_overlooks_what_the_cleaner_finds_in_a_real_header():
    """Makes are made of each file's own identifiers; asked quickly, and with pydicom's header."""
    n = found = 0
    for path in real_files():
        raw = path.read_bytes()
        try:
            quick = read_values(raw).read
            ds = read_film(raw)
        except Exception:  # noqa: BLE001, S112 - not every file there is one
            continue
        if isinstance(quick, Dataset):
            continue
        said = [str(ds.get(k) or "") for k in ("PatientName", "PatientID", "InstitutionName")]
        made = {re.sub(r"[^ -~]|[\\]", "", text) for text in said if squeezed(text)}
        for product in {*made, *(f"DX {m[:7]}1" for m in made), "Maker", "Digital Diagnost"}:
            wanted = naming_somebody([product], raw, ds, ())
            assert naming_somebody([product], raw, quick, ()) == wanted, (path.name, product)
            n, found = n + 1, found + bool(wanted)
    assert n > 400
    assert 100 < found < n
