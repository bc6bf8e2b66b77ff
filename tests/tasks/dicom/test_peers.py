"""Our pixels and headers against those of other readers: dcmtk's programs, and gdcm."""

import re
import shutil
import subprocess
from pathlib import Path

import gdcm
import numpy as np
import pydicom
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_files
from pydicom.dataset import Dataset
from pydicom.pixels import compress
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, RLELossless

from data_contracts.errors import FilmRejected
from tasks.dicom import pixels
from tasks.dicom.reading import read_film
from tasks.headers import facts_of
from tests.tasks.dicom.dicom_builders import a_film, as_bytes

SHARED = Path(__file__).parents[3] / "../shared/dicom"
# Header and stream contradict each other over the sign; held to pydicom's values elsewhere.
SIGN_UNSURE = ("J2K_pixelrep_mismatch.dcm",)
GRAY = ("MONOCHROME1", "MONOCHROME2")


def dcmtk(program: str, *arguments: object) -> bytes:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def textured(bits: int) -> np.ndarray:
    """Give a film that lossy coding changes little: a slope, an edge and some noise."""
    rng = np.random.default_rng(1)
    film = np.add.outer(np.arange(96.0), np.arange(80.0)) / 176
    film[30:60, 20:50] += 0.2
    film += rng.normal(0, 0.002, film.shape)
    kind = np.uint8 if bits == 8 else np.uint16
    return (film.clip(0, 1) * ((1 << bits) - 1)).astype(kind)


def native(folder: Path, bits: int) -> Path:
    path = folder / "native.dcm"
    path.write_bytes(as_bytes(a_film(textured(bits), BitsStored=bits, HighBit=bits - 1)))
    return path


def ours(path: Path) -> np.ndarray:
    return pixels.decode(read_film(path.read_bytes()))


CODED = [
    ("dcmcjpeg", "+e1", 12, "1.2.840.10008.1.2.4.70", "dcmdjpeg"),
    ("dcmcjpeg", "+e1", 8, "1.2.840.10008.1.2.4.70", "dcmdjpeg"),
    ("dcmcjpeg", "+el", 16, "1.2.840.10008.1.2.4.57", "dcmdjpeg"),
    ("dcmcjpeg", "+eb", 8, "1.2.840.10008.1.2.4.50", "dcmdjpeg"),
    ("dcmcjpeg", "+ee", 8, "1.2.840.10008.1.2.4.51", "dcmdjpeg"),
    ("dcmcjpeg", "+ee", 12, "1.2.840.10008.1.2.4.51", "dcmdjpeg"),
    ("dcmcjpls", "+el", 12, "1.2.840.10008.1.2.4.80", "dcmdjpls"),
    ("dcmcjpls", "+en", 12, "1.2.840.10008.1.2.4.81", "dcmdjpls"),
    ("dcmcrle", "+e", 16, "1.2.840.10008.1.2.5", "dcmdrle"),
]
LOSSLESS = ("+e1", "+el", "+e")


@pytest.mark.parametrize(("coder", "option", "bits", "syntax", "decoder"), CODED)
def test_what_dcmtk_compressed_decodes_to_the_pixels_that_dcmtk_gives(
    tmp_path, coder, option, bits, syntax, decoder
):
    source, coded, plain = native(tmp_path, bits), tmp_path / "coded.dcm", tmp_path / "plain.dcm"
    dcmtk(coder, option, source, coded)
    assert dcmread(coded).file_meta.TransferSyntaxUID == syntax
    dcmtk(decoder, coded, plain)
    np.testing.assert_array_equal(ours(coded), dcmread(plain).pixel_array)
    if option in LOSSLESS:
        np.testing.assert_array_equal(ours(coded), textured(bits))


@pytest.mark.parametrize("option", ["+ti", "+te", "+tb", "+td"])
@pytest.mark.parametrize("bits", [8, 16])
def test_what_dcmtk_rewrote_in_every_native_syntax_has_the_same_pixels(tmp_path, option, bits):
    dcmtk("dcmconv", option, native(tmp_path, bits), tmp_path / "other.dcm")
    np.testing.assert_array_equal(ours(tmp_path / "other.dcm"), textured(bits))


def by_gdcm(path: Path) -> np.ndarray | None:
    """Decode by gdcm from the file itself; None where it cannot or there is more than a frame."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    if not reader.Read():
        return None
    image = reader.GetImage()
    text = image.GetBuffer()
    kind = image.GetPixelFormat()
    if text is None or image.GetNumberOfDimensions() != 2 or kind.GetSamplesPerPixel() != 1:
        return None
    sign = "i" if kind.GetPixelRepresentation() else "u"
    raw = np.frombuffer(
        text.encode("utf-8", "surrogateescape"), f"<{sign}{kind.GetBitsAllocated() // 8}"
    )
    return raw.reshape(image.GetDimension(1), image.GetDimension(0))


def grayscale_files() -> list[Path]:
    found = [Path(name) for name in get_testdata_files()] + sorted(SHARED.glob("*.dcm"))
    return [path for path in found if path.is_file() and path.stat().st_size < 3_000_000]


def test_real_files_of_every_compression_have_the_pixels_that_gdcm_gives():
    syntaxes, n = set(), 0
    for path in grayscale_files():
        if path.name in SIGN_UNSURE:
            continue
        try:
            film = read_film(path.read_bytes())
            stored = pixels.decode(film)
        except FilmRejected:
            continue
        theirs = by_gdcm(path)
        if theirs is None or film.get("HighBit") != film.get("BitsStored", 0) - 1:
            continue
        np.testing.assert_array_equal(stored, theirs, err_msg=path.name)
        syntaxes.add(str(film.file_meta.get("TransferSyntaxUID")))
        n += 1
    assert n > 20
    assert len(syntaxes) >= 6


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, RLELossless])
def test_what_we_compress_gdcm_decodes_to_the_same(tmp_path, syntax):
    film = read_film(as_bytes(a_film(textured(12))))
    compress(film, syntax, generate_instance_uid=False)
    path = tmp_path / "film.dcm"
    path.write_bytes(as_bytes(film, syntax))
    np.testing.assert_array_equal(ours(path), by_gdcm(path))


def a_lut(first: int, entries: np.ndarray, **more: object) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, 16])
    item.add_new("LUTData", "US", [int(entry) for entry in entries])
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return Sequence([item])


CURVE = (np.linspace(0, 1, 4096) ** 0.5 * 65535).astype(int)
WINDOW = {"WindowCenter": "2000", "WindowWidth": "3000"}
SHOWN = {
    "window": ("+Wi", 1, WINDOW),
    "inverted": ("+Wi", 1, WINDOW | {"PhotometricInterpretation": "MONOCHROME1"}),
    "rescaled": (
        "+Wi",
        1,
        {"RescaleSlope": "2", "RescaleIntercept": "-500", "RescaleType": "US",
         "WindowCenter": "3500", "WindowWidth": "6000"},
    ),
    "sigmoid": ("+Wi", 1, WINDOW | {"VOILUTFunction": "SIGMOID"}),
    "voi lut": ("+Wl", 1, {"VOILUTSequence": a_lut(0, CURVE, LUTExplanation="curve")}),
    "modality lut": (
        "+Wi",
        1,
        {"ModalityLUTSequence": a_lut(0, CURVE, ModalityLUTType="US"),
         "WindowCenter": "30000", "WindowWidth": "60000"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SHOWN)
def test_a_film_is_shown_as_dcmtk_shows_it(tmp_path, case):
    option, number, header = SHOWN[case]
    path = tmp_path / "film.dcm"
    path.write_bytes(as_bytes(a_film(textured(12), **header)))
    text = dcmtk("dcm2pnm", "+opw", option, number, path)
    words = b"\n".join(x for x in text.split(b"\n") if not x.startswith(b"#")).split()
    columns, rows, most = map(int, words[1:4])
    theirs = np.array(words[4:], float).reshape(rows, columns) / most
    film = read_film(path.read_bytes())
    shown = pixels.to_radiograph(film, pixels.decode(film)).pixels
    assert np.abs(shown - theirs).max() < 0.01


TAGS = {
    "0008,0018": "sop_instance_uid",
    "0008,0060": "modality",
    "0028,0004": "photometric_interpretation",
    "0028,0010": "rows",
    "0028,0011": "columns",
    "0028,0100": "bits_allocated",
    "0028,0101": "bits_stored",
}


def said_by_dcmdump(path: Path) -> dict[str, str] | None:
    """Give the values outside of sequences; None where dcmtk cannot read the file."""
    if shutil.which("dcmdump") is None:
        pytest.skip("dcmdump is not here")
    search = [part for tag in TAGS for part in ("+P", tag)]
    command = ["dcmdump", "-q", "-M", "-Un", "-s", *search, str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    lines = done.stdout.decode("latin-1").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        if match := re.match(r"\(([0-9a-f]{4},[0-9a-f]{4})\) \w\w (?:\[(.*?)\]|(\d+))\s+#", line):
            found.setdefault(TAGS[match[1]], (match[2] or match[3] or "").strip(" \0"))
    return found if done.returncode == 0 else None


def test_headers_of_real_films_say_what_dcmdump_reads():
    root = Path(pydicom.__file__).parent / "data" / "test_files"
    n = 0
    for path in [*sorted(root.glob("*.dcm")), *sorted(SHARED.glob("*.dcm"))]:
        facts = facts_of(path.read_bytes(), "IM")
        theirs = said_by_dcmdump(path)
        if theirs is None or facts.columns.get("photometric_interpretation") not in GRAY:
            continue
        mine = facts.columns | {"sop_instance_uid": facts.sop_instance_uid}
        for name, value in theirs.items():
            assert str(mine[name]) == value, (path.name, name)
        n += 1
    assert n > 20
