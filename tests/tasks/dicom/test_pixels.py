import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data import get_testdata_file, get_testdata_files
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels import compress
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom import pixels
from tasks.dicom.reading import read_film
from tasks.phantom_dicom import _jpeg_lossless
from tests.tasks.dicom.dicom_builders import a_film, as_bytes, encapsulated

SHARED = Path(__file__).parents[3] / "../shared/dicom"
NATIVE = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def decoded(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> np.ndarray:
    return pixels.decode(read_film(as_bytes(ds, syntax)))


def verdict_on(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> Reason:
    with pytest.raises(FilmRejected) as caught:
        decoded(ds, syntax)
    return caught.value.reason


@pytest.mark.parametrize("syntax", NATIVE)
def test_native_films_decode_in_every_byte_order(syntax: str):
    values = np.arange(48, dtype=np.uint16).reshape(6, 8) * 80
    ds = a_film(values.byteswap() if syntax == ExplicitVRBigEndian else values)
    np.testing.assert_array_equal(decoded(ds, syntax), values)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed_films_decode_to_what_was_compressed(syntax: str):
    values = np.random.default_rng(1).integers(0, 4096, (96, 80)).astype(np.uint16)
    ds = read_film(as_bytes(a_film(values)))
    compress(ds, syntax, generate_instance_uid=False)
    np.testing.assert_array_equal(pixels.decode(read_film(as_bytes(ds, syntax))), values)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
@pytest.mark.parametrize("table", [b"Doe^Jane", struct.pack("<2L", 0, 1 << 24)])
def test_a_film_whose_offset_table_lies_is_decoded_all_the_same(syntax: str, table: bytes):
    values = np.arange(7680, dtype=np.uint16).reshape(96, 80) % 4096
    ds = read_film(as_bytes(a_film(values)))
    compress(ds, syntax, generate_instance_uid=False)
    item = struct.pack("<2HL", 0xFFFE, 0xE000, len(table)) + table
    ds.PixelData = item + ds.PixelData[8 + int.from_bytes(ds.PixelData[4:8], "little") :]
    assert (decoded(ds, syntax) == values).all()


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([8, 16]),
    st.integers(2, 16),
    st.integers(0, 14),
    st.booleans(),
    st.integers(0, 9),
)
def test_stored_values_come_out_whatever_the_high_bit_sign_and_foreign_bits(
    allocated: int, stored: int, above: int, signed: bool, seed: int
):
    stored, above = min(stored, allocated), min(above, allocated - min(stored, allocated))
    rng = np.random.default_rng(seed)
    low, high = (-(1 << stored - 1), 1 << stored - 1) if signed else (0, 1 << stored)
    values = rng.integers(low, high, (5, 6))
    field = (values & ((1 << stored) - 1)) << above
    foreign = rng.integers(0, 1 << allocated, values.shape) & ~(((1 << stored) - 1) << above)
    words = (field | foreign).astype(f"<u{allocated // 8}")
    ds = a_film(
        words,
        BitsStored=stored,
        HighBit=stored - 1 + above,
        PixelRepresentation=int(signed),
    )
    result = decoded(ds)
    np.testing.assert_array_equal(result, values)
    assert result.dtype.kind == ("i" if signed else "u")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"Rows": 60000, "Columns": 60000}, Reason.TOO_LARGE),
        ({"Rows": 7}, Reason.TRUNCATED),
        ({"Rows": 0}, Reason.HEADER_IMPLAUSIBLE),
        ({"BitsAllocated": 32}, Reason.HEADER_IMPLAUSIBLE),
        ({"BitsStored": 17}, Reason.HEADER_IMPLAUSIBLE),
        ({"HighBit": 3}, Reason.HEADER_IMPLAUSIBLE),
        ({"SamplesPerPixel": 3}, Reason.NOT_GRAYSCALE),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, Reason.NOT_GRAYSCALE),
        ({"PhotometricInterpretation": ""}, Reason.MISSING_ATTRIBUTE),
        ({"NumberOfFrames": "2"}, Reason.MULTI_FRAME),
    ],
)
def test_a_lying_header_is_refused_with_its_reason(header: dict, reason: Reason):
    assert verdict_on(a_film(**header)) is reason


def test_a_film_without_pixels_is_no_image():
    ds = a_film()
    del ds.PixelData
    del ds.Rows
    assert verdict_on(ds) is Reason.NOT_AN_IMAGE


def test_a_tail_behind_the_frame_is_not_taken_along():
    ds = a_film()
    ds.PixelData += b"Jane Doe"
    assert decoded(ds).shape == (6, 8)


def test_a_stream_of_another_size_than_the_header_is_refused_before_decoding():
    ds = read_film(as_bytes(a_film(np.zeros((96, 80), np.uint16))))
    compress(ds, JPEG2000Lossless, generate_instance_uid=False)
    ds.Rows = 8000
    with pytest.raises(FilmRejected, match="header_implausible"):
        pixels.decode(read_film(as_bytes(ds, JPEG2000Lossless)))


def test_run_lengths_too_short_for_the_header_are_refused():
    ds = a_film(Rows=8000, Columns=8000)
    content = encapsulated(ds, struct.pack("<16L", 1, 64, *([0] * 14)) + b"\x81\0", RLELossless)
    with pytest.raises(FilmRejected, match="truncated"):
        pixels.decode(read_film(content))


@pytest.mark.parametrize("stream", [b"\xff\xd8\xff\xd9", b"not a stream at all", b"\xff\xd8" * 40])
def test_a_broken_stream_is_refused(stream: bytes):
    content = encapsulated(a_film(np.zeros((6, 8), np.uint8)), stream, JPEGBaseline8Bit)
    with pytest.raises(FilmRejected):
        pixels.decode(read_film(content))


def test_an_unknown_compression_is_refused():
    values = np.zeros((6, 8), np.uint8)
    content = encapsulated(a_film(values), b"\0\0\1\xba" * 9, "1.2.840.10008.1.2.4.100")
    with pytest.raises(FilmRejected):
        pixels.decode(read_film(content))


def test_grayscale_files_of_pydicom_decode_to_the_values_pydicom_gives():
    n_same = 0
    for name in get_testdata_files():
        path = Path(name)
        if not path.is_file() or path.stat().st_size > 300_000:
            continue
        try:
            ours = pixels.decode(read_film(path.read_bytes()))
        except FilmRejected:
            continue
        if path.name in ("JPGExtended.dcm", "JPEG-lossy.dcm"):
            continue  # pydicom itself refuses 12-bit JPEG
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = dcmread(path, force=True).pixel_array
        np.testing.assert_array_equal(ours, theirs)
        n_same += 1
    assert n_same > 15


def test_twelve_bit_jpeg_is_decoded():
    film = read_film(Path(get_testdata_file("JPGExtended.dcm")).read_bytes())
    assert pixels.decode(film).shape == (1024, 256)


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared films are not here")
def test_one_film_in_lossless_and_lossy_jpeg_shows_the_same():
    lossless, lossy = (
        pixels.decode(read_film((SHARED / name).read_bytes())).astype(int)
        for name in ("RG2_JPLL.dcm", "RG2_JPLY.dcm")
    )
    assert np.abs(lossless - lossy).mean() < 5


def shown(values: list[int], **header) -> list[float]:
    row = np.array([values], np.int16 if min(values) < 0 else np.uint16)
    ds = read_film(as_bytes(a_film(row, **header)))
    return [round(float(v), 3) for v in pixels.to_radiograph(ds, pixels.decode(ds)).pixels[0]]


def test_a_linear_window_follows_the_standard():
    window = {"WindowCenter": "100", "WindowWidth": "101"}
    assert shown([49, 74, 99, 124, 149, 200], **window) == [0.0, 0.245, 0.495, 0.745, 0.995, 1.0]


def test_monochrome1_is_turned_so_that_dense_is_bright():
    window = {"WindowCenter": "100", "WindowWidth": "101"}
    bright = shown([49, 99, 149], PhotometricInterpretation="MONOCHROME1", **window)
    assert bright == [1.0, 0.505, 0.005]


def test_a_raw_film_follows_the_beam_whatever_its_photometric_interpretation():
    header = {
        "PresentationIntentType": "FOR PROCESSING",
        "PixelIntensityRelationshipSign": 1,
        "WindowCenter": "100",
        "WindowWidth": "101",
    }
    assert shown([60, 140], **header)[0] > shown([60, 140], **header)[1]


def test_rescale_sign_and_padding_are_applied():
    header = {
        "RescaleSlope": "2",
        "RescaleIntercept": "-100",
        "WindowCenter": "0.5",
        "WindowWidth": "201",
        "PixelPaddingValue": -50,
        "BitsStored": 16,
        "HighBit": 15,
    }
    assert shown([-50, 0, 50, 100], **header) == [0.0, 0.0, 0.5, 1.0]


def test_a_modality_lut_sequence_is_applied():
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [4, 0, 16])
    item.add_new("LUTData", "US", [0, 10, 1000, 4000])
    item.ModalityLUTType = "US"
    window = {"WindowCenter": "2000.5", "WindowWidth": "4001"}
    assert shown([0, 1, 2, 3], ModalityLUTSequence=Sequence([item]), **window) == [
        0.0,
        0.002,
        0.25,
        1.0,
    ]


def test_a_voi_lut_sequence_is_applied():
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [4, 10, 8])
    item.add_new("LUTData", "US", [0, 51, 102, 255])
    assert shown([9, 11, 12, 60], VOILUTSequence=Sequence([item])) == [0.0, 0.2, 0.4, 1.0]


@pytest.mark.parametrize("window", [{}, {"WindowCenter": "-5000", "WindowWidth": "2"}])
def test_without_a_usable_window_the_film_is_scaled_robustly(window: dict):
    film = shown(list(range(0, 4000, 5)), **window)
    assert film[0] == 0.0
    assert film[-1] == 1.0
    assert 0.45 < film[400] < 0.55


def test_the_shutter_hides_what_is_outside():
    values = np.full((10, 10), 900, np.uint16)
    values[::2] = 100
    ds = a_film(
        values,
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=3,
        ShutterRightVerticalEdge=9,
        ShutterUpperHorizontalEdge=0,
        ShutterLowerHorizontalEdge=11,
    )
    film = pixels.to_radiograph(ds, values).pixels
    assert not film[:, :3].any()
    assert film[1, 4] == 1.0


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(
        [{}, {"WindowCenter": "900", "WindowWidth": "1200"}, {"VOILUTFunction": "SIGMOID"}]
    ),
    st.sampled_from([(1, 0), (2.5, -100), (1e38, 0), (1, 1e39)]),
    st.booleans(),
)
def test_a_film_of_many_rows_is_shown_like_each_of_its_rows(
    window: dict, rescale: tuple, dark: bool
):
    """Rows are taken some at a time; what they become follows from all of them."""
    values = np.random.default_rng(7).integers(0, 4096, (300, 500), np.uint16)
    ds = a_film(
        values,
        **{"WindowCenter": "2000", "WindowWidth": "3000"} | window,
        PhotometricInterpretation="MONOCHROME1" if dark else "MONOCHROME2",
    )
    ds.RescaleSlope, ds.RescaleIntercept = rescale
    shown = pixels.to_radiograph(ds, values).pixels
    order = np.argsort(values, axis=None, kind="stable")
    rising = shown.ravel()[order[::-1] if dark else order]
    assert (np.diff(rising) >= 0).all()
    assert shown.dtype == np.float32
    assert shown.min() < 0.3
    assert shown.max() > 0.7


@pytest.mark.parametrize("damage", ["", "cut", "flipped"])
@pytest.mark.parametrize(
    ("kind", "stored"), [("<u2", 8), ("<u2", 10), ("<u2", 12), ("<u2", 16), ("<i2", 12)]
)
def test_lossless_jpeg_comes_out_as_pydicom_has_it(
    kind: str, stored: int, damage: str, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(stored)
    low = -(1 << stored - 1) if kind == "<i2" else 0
    values = rng.integers(low, low + (1 << stored), (37, 41)).astype(kind)
    signed = {"BitsStored": stored, "HighBit": stored - 1, "PixelRepresentation": int(low < 0)}
    ds = a_film(values, **signed)
    stream = bytearray(next(generate_frames(_jpeg_lossless(as_bytes(ds)), number_of_frames=1)))
    if damage:
        stream[300:] = stream[300:900] if damage == "cut" else stream[:299:-1]
    stream += bytes(len(stream) % 2)
    content = encapsulated(ds, bytes(stream), JPEGLosslessSV1)

    def outcome() -> np.ndarray | Reason:
        try:
            return pixels.decode(read_film(content))
        except FilmRejected as refusal:
            return refusal.reason

    ours = outcome()
    monkeypatch.setattr(pixels, "is_for_gdcm", lambda _: False)
    np.testing.assert_array_equal(ours, outcome())
    if not damage:
        np.testing.assert_array_equal(ours, values)
