"""Find burned-in text and blank it, leaving anatomy and side markers alone.

Works on stored values before any lossy step, so that whatever is written or scored afterwards has
never seen the text.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.deid.markers import glyphs, is_marker
from tasks.deid.profile import DeviceRegion, Profile
from tasks.deid.strokes import Box, edges, sharpness, stroke_boxes
from tasks.deid.text_network import Candidate, candidates, is_available
from tasks.dicom.elements import text

# Measured by benchmarks/deidentification/burned_in.py: anatomy reaches 4, faint text starts at 5.
MIN_SHARPNESS: Final = 4.5
FAINT_SHARPNESS: Final = 3.0
SURE_SHARPNESS: Final = 8.0
MIN_SCORE: Final = 0.5
MIN_SCORE_FAINT: Final = 0.85
MIN_SCORE_FAINTEST: Final = 0.93
# A line of text is longer than high; a lone glyph, which names nobody, and a screw head are not.
LINE_ASPECT: Final = 1.6
FAINT_ASPECT: Final = 3.0
LONG_LINE_ASPECT: Final = 7.0
MAX_TEXT_HEIGHT: Final = 0.13
# Clips and calcified plaque in a row are large, fairly sharp, and never quite convincing.
LARGE_TEXT: Final = 0.02
LARGE_SHARPNESS: Final = 20.0
MIN_SCORE_LARGE: Final = 0.97
# Rods and screws fill the field of a line of giant letters, at a tenth of a letter's sharpness.
GIANT_TEXT: Final = 0.05
_GROWTH: Final = 1.4
_GROWTH_STEPS: Final = 4
_MIN_STROKE_PX: Final = 12
MAX_BLANKED: Final = 0.25
_RING_PX: Final = 6
_MAX_FRAMED: Final = 0.08


def clean_pixels(
    ds: Dataset, stored: npt.NDArray[Any], profile: Profile
) -> tuple[npt.NDArray[Any], tuple[Box, ...]]:
    """Blank declared regions and every text that is found.

    Returns
    -------
    tuple
        The same array where nothing was found, else a blanked copy; and the blanked boxes.

    Raises
    ------
    FilmRejected
        ``TEXT_NOT_CLEARED``: text too large to be told from the film, or too much of it.
    """
    boxes = [*declared_regions(ds, stored.shape, profile.device_regions), *find_text(stored)]
    if not boxes:
        return stored, ()
    covered = np.zeros(stored.shape, bool)
    for top, left, bottom, right in boxes:
        covered[top:bottom, left:right] = True
    if covered.mean() > MAX_BLANKED:
        raise FilmRejected(Reason.TEXT_NOT_CLEARED, f"{covered.mean():.0%} of the film is text")
    return blank(stored, boxes), tuple(sorted(set(boxes)))


def find_text(stored: npt.NDArray[Any]) -> list[Box]:
    """Find text that has to go: every region that reads as text and is no marker.

    Parameters
    ----------
    stored
        Stored values (rows, columns), of either photometric interpretation.
    """
    low, high = np.percentile(stored[::8, ::8].astype(np.float32), (0.1, 99.9))
    span = max(float(high - low), 1.0)
    if not is_available():
        return [box for box in stroke_boxes(stored, span) if not _is_harmless(stored, box)]
    picture = np.clip((stored.astype(np.float32) - np.float32(low)) / np.float32(span), 0.0, 1.0)
    texts = [found for found in candidates(picture) if _is_text(stored, found)]
    harmless = [found.box for found in texts if _is_harmless(stored, found.box)]
    return [
        _grow(stored, found)
        for found in texts
        if not any(_contains(box, found.box) for box in harmless)
    ]


def _contains(outer: Box, inner: Box) -> bool:
    """Return whether a box lies within another, or is it."""
    starts = outer[0] <= inner[0] and outer[1] <= inner[1]
    return starts and outer[2] >= inner[2] and outer[3] >= inner[3]


def _grow(stored: npt.NDArray[Any], found: Candidate) -> Box:
    """Extend a box while strokes as steep as its own go on beyond a side.

    The network may lose the last digits of a large line.
    """
    box = found.box
    steps = edges(stored[box[0] : box[2], box[1] : box[3]])
    if steps.size == 0:
        return box
    limit = float(np.percentile(steps, 98)) / 2
    reach = max(int(_GROWTH * found.core), 4)
    along = 1 if box[3] - box[1] >= box[2] - box[0] else 0
    if sharpness(stored, box) < SURE_SHARPNESS:
        # Under noise the ends of a faint line cannot be seen: take them on trust.
        for end in (along, along + 2):
            box, _ = _extend(box, end, reach, stored.shape)
        return box
    for end in (along, along + 2):
        for _ in range(_GROWTH_STEPS):
            wider, beyond = _extend(box, end, reach, stored.shape)
            if wider == box or not _goes_on(stored, beyond, limit):
                break
            box = wider
    return box


def _goes_on(stored: npt.NDArray[Any], beyond: Box, limit: float) -> bool:
    """Return whether a strip holds strokes: as steep as the text's, or steep for its own ground."""
    strip = edges(stored[beyond[0] : beyond[2], beyond[1] : beyond[3]])
    is_steep = bool((strip > limit).sum() >= _MIN_STROKE_PX)
    return is_steep or sharpness(stored, beyond) >= MIN_SHARPNESS


def _extend(box: Box, end: int, reach: int, shape: tuple[int, ...]) -> tuple[Box, Box]:
    """Return a box moved out at one end, and the strip it gained."""
    sides, strip = list(box), list(box)
    if end < 2:  # noqa: PLR2004 - top or left
        sides[end] = max(box[end] - reach, 0)
        strip[end], strip[end + 2] = sides[end], box[end]
    else:
        sides[end] = min(box[end] + reach, shape[end - 2])
        strip[end - 2], strip[end] = box[end], sides[end]
    wider: Box = (sides[0], sides[1], sides[2], sides[3])
    return wider, (strip[0], strip[1], strip[2], strip[3])


def declared_regions(
    ds: Dataset, shape: tuple[int, ...], regions: tuple[DeviceRegion, ...]
) -> list[Box]:
    """Return the boxes that the study declares for the film's device."""
    maker, model = text(ds, "Manufacturer").casefold(), text(ds, "ManufacturerModelName").casefold()
    rows, columns = shape[0], shape[1]
    found = []
    for region in regions:
        if region.manufacturer.casefold() in ("", maker) and region.model.casefold() in ("", model):
            top, left, bottom, right = region.box
            found.append(
                (
                    max(int(top * rows), 0),
                    max(int(left * columns), 0),
                    min(int(np.ceil(bottom * rows)), rows),
                    min(int(np.ceil(right * columns)), columns),
                )
            )
    return found


def blank(stored: npt.NDArray[Any], boxes: list[Box]) -> npt.NDArray[Any]:
    """Fill boxes with the median of the ring around each."""
    cleaned = stored.copy()
    for top, left, bottom, right in boxes:
        rows = slice(max(top - _RING_PX, 0), bottom + _RING_PX)
        columns = slice(max(left - _RING_PX, 0), right + _RING_PX)
        ring = np.ones(stored[rows, columns].shape, bool)
        inside = (slice(top - rows.start, bottom - rows.start),)
        ring[*inside, left - columns.start : right - columns.start] = False
        around = stored[rows, columns][ring]
        cleaned[top:bottom, left:right] = np.median(around if around.size else stored)
    return cleaned


def _is_text(stored: npt.NDArray[Any], found: Candidate) -> bool:
    """Decide on a candidate by its edges, and by its shape where they are faint."""
    steep, aspect = sharpness(stored, found.box), _aspect(found)
    if found.score < MIN_SCORE or steep < FAINT_SHARPNESS:
        return False
    if found.core > MAX_TEXT_HEIGHT * max(stored.shape):
        if steep > SURE_SHARPNESS and aspect >= LINE_ASPECT:
            raise FilmRejected(Reason.TEXT_NOT_CLEARED, "text too high to be told from the film")
        return False
    height = found.core / max(stored.shape)
    is_sure = found.score >= MIN_SCORE_LARGE and height <= GIANT_TEXT
    if height > LARGE_TEXT and steep < LARGE_SHARPNESS and not is_sure:
        return False
    if steep >= SURE_SHARPNESS:
        return True
    if steep >= MIN_SHARPNESS:
        return found.score >= MIN_SCORE_FAINT and aspect >= FAINT_ASPECT
    return found.score >= MIN_SCORE_FAINTEST and aspect >= LONG_LINE_ASPECT


def _aspect(found: Candidate) -> float:
    """Length over height of a candidate without its margin."""
    top, left, bottom, right = found.box
    sides = sorted((bottom - top, right - left))
    margin = 2 * (0.7 * found.core + 6.0)
    return max(sides[1] - margin, 1.0) / max(found.core, 1.0)


def _is_harmless(stored: npt.NDArray[Any], box: Box) -> bool:
    """Return whether a box holds a marker, or one lone glyph."""
    top, left, bottom, right = box
    # At the film's edge the margin is missing that tells the word from what runs out of the box.
    patch = np.pad(stored[top:bottom, left:right], 1 if _at_edge(stored.shape, box) else 0, "edge")
    sides = sorted(patch.shape)
    if sides[1] <= LINE_ASPECT * sides[0] and len(glyphs(patch)) == 1:
        return True
    return is_marker(patch)


def _at_edge(shape: tuple[int, ...], box: Box) -> bool:
    """Return whether a box was cut by the film's edge."""
    return min(box[:2]) == 0 or box[2] == shape[0] or box[3] == shape[1]
