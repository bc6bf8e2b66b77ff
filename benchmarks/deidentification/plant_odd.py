"""Identifiers where one looks last: numbers, codes, tables, other scripts, values under a wrong VR.

Each place is one that a copying or searching cleaner has been seen to forget.
"""

import numpy as np
from planting import Plant, Planter
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

_SCRIPTS = {"ideographic": (0x4E00, 0x9FA0), "phonetic": (0x3041, 0x3097), "greek": (0x3B1, 0x3C9)}
_DAY = "19480217"
_DAYS = ("17.02.1948", "1948-02-17", "17 Feb 1948", "02/17/1948", "17. Februar 1948", "17FEB1948")
# Comments, interpretations, insurance, coordinates of a film's own, retired and variable groups.
_UNLISTED = (
    *(0x00082111, 0x00101050, 0x00101090, 0x00104000, 0x00181012, 0x00204000, 0x00280400),
    *(0x00324000, 0x00384000, 0x00401400, 0x0040A123, 0x00420010, 0x00720066, 0x20310010),
    *(0x4008010B, 0x40080300, 0x7F010010),
)


def plant_odd(ds: Dataset, planter: Planter) -> None:
    """Plant into a film that has its plain identifiers already."""
    for plant in _PLANTS:
        plant(ds, planter)


def _written(planter: Planter, script: str) -> str:
    """Plant a word of another script."""
    first, last = _SCRIPTS[script]
    word = "".join(chr(code) for code in planter.rng.integers(first, last, 4))
    planter.key.secrets.append((script, word))
    return word


def _scripts(ds: Dataset, planter: Planter) -> None:
    ideographic, phonetic = _written(planter, "ideographic"), _written(planter, "phonetic")
    ds.PatientName = f"{ds.PatientName}={ideographic}^{ideographic}={phonetic}"
    ds.RequestingService = f"{ideographic} {_written(planter, 'greek')}"
    ds.PatientComments = f"{ds.PatientComments}\r\n{phonetic}, {ideographic}"


def _repeated(ds: Dataset, planter: Planter) -> None:
    """Repeat what the header says elsewhere, in another order, case, spelling and format."""
    family, given = str(ds.PatientName).split("=", maxsplit=1)[0].split("^")[:2]
    number = str(ds.PatientID)
    plain = family.replace("ü", "ue").replace("Ü", "Ue")
    planter.key.secrets += [("respelled name", plain), *(("day in text", day) for day in _DAYS)]
    planter.key.secrets += [("spaced number", " ".join(number[1:5]))]
    spelled = "\r\n".join(
        (
            f"lumbar spine of Mrs. {given.upper()} {plain.upper()}, b. {_DAYS[0]}",
            f"{plain.lower()}, {given[0]}. ({number[:3]}-{number[3:]}) {' '.join(number)}",
            f"{given}{family}; tel +49 (431) 597-1234; {family}@mail.example; 078-05-1120",
            *_DAYS,
        )
    )
    for keyword in ("AdditionalPatientHistory", "ImageComments", "DetectorDescription"):
        setattr(ds, keyword, f"{getattr(ds, keyword, '')}\r\n{spelled}")
    ds.DeviceID, ds.GridID = f"{given}{family}", f"{number[1:]}/{_DAY}"
    # Make and model stay word by word, and a console may be named by whom it stands with.
    ds.SecondaryCaptureDeviceManufacturer = f"Acme {family}"
    ds.SecondaryCaptureDeviceManufacturerModelName = f"FP {given.upper()}{family.upper()}"
    ds.SecondaryCaptureDeviceSoftwareVersions = f"4.1 {ds.StationName}"
    ds.DetectorManufacturerName = str(ds.InstitutionName).split()[0]
    ds.DetectorManufacturerModelName = f"D {ds.DeviceSerialNumber}"


def _as_numbers(ds: Dataset, planter: Planter) -> None:
    """Write the digits of a number where a measurement is due."""
    digits = "".join(char for char in str(ds.PatientID) if char.isdigit())[-7:]
    digits = f"7{digits[1:]}"
    other = Dataset()
    other.PatientID = f"00{digits}"
    ds.OtherPatientIDsSequence.append(other)
    planter.key.secrets.append(("number", digits))
    ds.AcquisitionNumber = digits
    ds.DistanceSourceToPatient = f"{digits}.0"
    ds.EntranceDose = int(digits[:4]) % 60000
    ds.OrganDose = f"0.{digits}"
    ds.SeriesTime = digits[:6]  # 75 hours and more
    ds.FieldOfViewOrigin = [digits, digits]


def _in_codes(ds: Dataset, planter: Planter) -> None:
    number = str(ds.PatientID)
    for value, scheme in ((number[1:], "SCT"), (number[:7], "I10"), (number[-4:], "NEU")):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator = value, scheme
        item.CodeMeaning = f"lumbar spine {planter.word_secret('CodeMeaning')}"
        item.ContextIdentifier = number[-5:]
        item.CodingSchemeVersion = number[-4:]
        ds.AnatomicRegionSequence[0].setdefault(
            "AnatomicRegionModifierSequence", Sequence([])
        ).value.append(item)
    view = Dataset()
    view.CodeValue, view.CodingSchemeDesignator = "R-10236", "SRT"
    view.CodeMeaning = f"lateral {planter.word_secret('CodeMeaning')}"
    view.LongCodeValue = planter.secret("LongCodeValue", 24)
    ds.ViewCodeSequence = Sequence([view])


def _in_tables(ds: Dataset, planter: Planter) -> None:
    """Spell words in tables and arrays of numbers."""
    word = planter.secret("look-up table", 32).encode()
    table = Dataset()
    table.LUTDescriptor, table.LUTExplanation = [16, 0, 16], planter.word_secret("LUTExplanation")
    table.add_new(0x00283006, "OW", word)
    ds.VOILUTSequence = Sequence([table])
    counts = Dataset()
    spelled = planter.secret("histogram", 16).encode()
    counts.HistogramNumberOfBins, counts.HistogramBinWidth = 4, 1
    counts.HistogramFirstBinValue, counts.HistogramLastBinValue = 0, 3
    counts.HistogramData = np.frombuffer(spelled, "<u4").tolist()
    counts.HistogramExplanation = planter.word_secret("HistogramExplanation")
    ds.HistogramSequence = Sequence([counts])
    spelled = planter.secret("floating point", 8).encode()
    ds.AcquisitionDuration = float(np.frombuffer(spelled, "<f8")[0])


def _long_numbers(ds: Dataset, planter: Planter) -> None:
    """Write a number among others, below zero, and eight digits that no other place has."""
    digits = "".join(char for char in str(ds.PatientID) if char.isdigit())
    number = int(f"7{digits[-7:]}")
    other = Dataset()
    other.PatientID = str(number)
    ds.OtherPatientIDsSequence.append(other)
    planter.key.secrets += [("number in a table", str(number)), ("eight digits", "19530305")]
    counts = Dataset()
    counts.HistogramNumberOfBins, counts.HistogramBinWidth = 6, 1
    counts.HistogramFirstBinValue, counts.HistogramLastBinValue = 0, 5
    counts.HistogramData = [0, 17, 2048, number, 331, 4]
    ds.HistogramSequence.append(counts)
    ds.TimeRange = [float(-number), 19530305.0]


def _reaching(ds: Dataset, planter: Planter) -> None:
    """Say how to reach somebody whom nothing else names, where versions and models stand."""
    mail = f"{planter.word_secret('mail')}@{planter.word_secret('mail')}.example".replace("ü", "u")
    last = "".join(map(str, planter.rng.integers(1, 10, 4)))
    phone, other = f"431-597-{last}", f"+49 431 597-{last}"
    planter.key.secrets += [("telephone", phone), ("telephone", other)]
    equipment = Dataset()
    equipment.Manufacturer, equipment.ManufacturerModelName = "Acme", f"Acme, {mail}"
    equipment.SoftwareVersions = ["4.1.2", f"service {other}"]
    ds.ContributingEquipmentSequence.append(equipment)
    region = ds.AnatomicRegionSequence[0]
    region.CodingSchemeVersion = phone


def _known_days(ds: Dataset, planter: Planter) -> None:
    """Write days that everybody knows: moved, they tell by how much a patient's days were."""
    ds.DateOfManufacture, ds.DateOfInstallation = "19700101", "99991231"
    region = ds.AnatomicRegionSequence[0]
    region.ContextIdentifier, region.MappingResource = "4031", "DCMR"
    # later than any film's own days, which are moved back and may come to lie on an earlier one
    region.ContextGroupVersion = "20241216"
    planter.key.secrets.append(("edition", "20241216"))


def _wrong_vrs(ds: Dataset, planter: Planter) -> None:
    ds.add_new("PerformedStationName", "UN", planter.secret("UN").encode())
    ds.add_new("FilterType", "OB", planter.secret("OB").encode().ljust(10))
    ds.add_new("PlateType", "OB", planter.word_secret("UTF-16").encode("utf-16-le"))
    ds.add_new("BodyPartThickness", "LO", planter.secret("LO for DS"))
    ds.add_new("ReasonForVisit", "UT", f"pain {planter.word_secret('UT')}")
    ds.add_new("Occupation", "UC", planter.word_secret("UC"))
    ds.add_new("StorageMediaFileSetID", "SH", planter.secret("SH"))
    ds.add_new("ReferencedFileID", "CS", planter.secret("file name").upper())
    ds.add_new("RetrieveURI", "UR", f"http://{planter.word_secret('URI')}.example/")
    ds.add_new("RetrieveAETitle", "AE", planter.secret("AE"))
    ds.add_new("ExposureStatus", "ST", f"NORMAL {planter.word_secret('CS')}")


def _private(ds: Dataset, planter: Planter) -> None:
    """Use a creator twice, name it after somebody, and nest it in what stays."""
    for group in (0x0029, 0x0031):
        block = ds.private_block(group, "ACME PRIVATE", create=True)
        block.add_new(0x31, "ST", planter.secret("private again"))
        block = ds.private_block(group, planter.word_secret("private creator"), create=True)
        block.add_new(0x31, "FD", 1.5)
    inside = ds.AnatomicRegionSequence[0].private_block(0x0029, "ACME PRIVATE", create=True)
    inside.add_new(0x32, "LO", planter.secret("nested private"))
    nested = Dataset()
    nested.PatientName = planter.name("UN sequence")
    block = ds.private_block(0x0033, "ACME ITEMS", create=True)
    block.add_new(0x01, "SQ", Sequence([nested]))
    block[0x01].is_undefined_length = True


def _unlisted(ds: Dataset, planter: Planter) -> None:
    """Fill what no IOD of a radiograph has, standard and retired."""
    for tag in _UNLISTED:
        said = f"{planter.word_secret('unlisted')} {planter.secret('unlisted')}"
        ds.add_new(tag, "LT" if tag in (0x00104000, 0x00204000) else "LO", said)
    ds.FailedSOPInstanceUIDList = [planter.uid(), planter.uid()]
    trial = ("ClinicalTrialSubjectID", "ClinicalTrialSiteName", "ClinicalTrialProtocolName")
    for keyword in trial:
        setattr(ds, keyword, planter.secret(keyword))


_PLANTS: tuple[Plant, ...] = (
    _scripts,
    _repeated,
    _as_numbers,
    _in_codes,
    _in_tables,
    _long_numbers,
    _reaching,
    _known_days,
    _wrong_vrs,
    _private,
    _unlisted,
)
