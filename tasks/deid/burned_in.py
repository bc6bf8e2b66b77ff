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
from tasks.deid.cut_lines import Line, share_within
from tasks.deid.ink import holds_small_print
from tasks.deid.markers import APART, glyphs, is_lone_glyph, is_marker, markers_in
from tasks.deid.padding import Ends, declared_padding, without_padding
from tasks.deid.profile import DeviceRegion, Profile
from tasks.deid.quick_look import Box, quick_look
from tasks.deid.text_lines import text_lines
from tasks.dicom.elements import text

_FLOATS = npt.NDArray[np.float32]
MAX_BLANKED: Final = 0.25
_RING_PX: Final = 6
# How much of a glyph its box may cut off, and of a box a marker has to hold.
_CUTS_PX: Final = (10, 28)
_MOST_OF_IT: Final = 0.8
_SPARED_PX: Final = 3
# How many times longer than high a lone glyph is at most, and the longest marker.
_GLYPH_ASPECT: Final = 1.6
_MARKER_ASPECT: Final = 6
# Letters of this height are read as well as taller ones, in a fraction of the time.
_LEGIBLE_PX: Final = 96
# How long the end of a line is that is looked at alone, in its heights.
_END: Final = 3.0


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
        ``TEXT_NOT_CLEARED``: too much text, or what may be text.
    """
    declared = declared_regions(ds, stored.shape, profile.device_regions)
    # what a study declares is no longer looked at: so it is the remedy for what cannot be decided
    looked_at = blank(stored, declared) if declared else stored
    boxes = [*declared, *find_text(looked_at, declared_padding(ds, stored))]
    if not boxes:
        return stored, ()
    covered = np.zeros(stored.shape, bool)
    for top, left, bottom, right in boxes:
        covered[top:bottom, left:right] = True
    if covered.mean() > MAX_BLANKED:
        raise FilmRejected(Reason.TEXT_NOT_CLEARED, f"{covered.mean():.0%} of the film is text")
    return blank(stored, boxes), tuple(sorted(set(boxes)))


def find_text(stored: npt.NDArray[Any], padding: Ends | None = None) -> list[Box]:
    """Find text that has to go: every region that reads as text and is no marker.

    Parameters
    ----------
    stored
        Stored values (rows, columns), of either photometric interpretation.
    padding
        Values that the header calls padding; what else is padding is seen.

    Raises
    ------
    FilmRejected
        ``TEXT_NOT_CLEARED``: what may be text.

    Notes
    -----
    A film that padding makes wider is looked at with it, for text may stand on padding or have its
    value, and without it, for on the film text may be too faint beside it.
    """
    boxes, doubtful = _look(stored)
    bare = without_padding(stored, padding)
    if bare is not None:
        more, doubts = _look(bare)
        boxes, doubtful = [*boxes, *more], [*doubtful, *doubts]
    for line in doubtful:
        if share_within(line, boxes) < _MOST_OF_IT:
            raise FilmRejected(Reason.TEXT_NOT_CLEARED, f"may be text: pixels {line.box}")
    return boxes


def _look(stored: npt.NDArray[Any]) -> tuple[list[Box], list[Line]]:
    """Return the parts of text that have to go, and what may be text, markers left out of both."""
    windows, low, span = first_look(stored)
    if not windows:
        return [], []
    sure, doubtful = text_lines(_displayed(stored, low, span), windows)
    harmless = [one.box for one in [*sure, *doubtful] if _is_harmless(stored, one.box)]
    found = [one for one in sure if not any(_contains(box, one.box) for box in harmless)]
    boxes = [part for line in found for part in line.parts]
    if boxes:  # where nothing is blanked there is nothing to spare
        within = [*(line.box for line in found), *harmless]
        boxes = _sparing(boxes, [mark for box in within for mark in _markers(stored, box)])
    doubts = [one for one in doubtful if not any(_contains(box, one.box) for box in harmless)]
    return boxes, doubts


def first_look(stored: npt.NDArray[Any]) -> tuple[tuple[Box, ...], float, float]:
    """Return where text can be at all, the film's darkest thousandth, and from it to the brightest.

    Parameters
    ----------
    stored
        Stored values (rows, columns).
    """
    low, high = np.percentile(stored[::8, ::8], (0.1, 99.9))
    span = max(float(high - low), 1.0)
    return quick_look(np.clip(stored, int(low), int(high) + 1), span), low, span


def _displayed(stored: npt.NDArray[Any], low: float, span: float) -> _FLOATS:
    """Return the film from its darkest thousandth to its brightest as 0 to 1."""
    picture = stored.astype(np.float32)
    picture -= np.float32(low)
    picture *= np.float32(1 / span)
    return np.clip(picture, 0.0, 1.0, out=picture)


def _contains(outer: Box, inner: Box) -> bool:
    """Return whether most of a box lies within another."""
    rows = min(outer[2], inner[2]) - max(outer[0], inner[0])
    columns = min(outer[3], inner[3]) - max(outer[1], inner[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return rows > 0 and columns > 0 and rows * columns >= _MOST_OF_IT * area


def _markers(stored: npt.NDArray[Any], box: Box) -> list[Box]:
    """Return the markers within a box and at its ends, with a narrow margin."""
    found = []
    for view in [box, *_ends(box)]:
        top, left, bottom, right = view
        for rows, columns in markers_in(stored[top:bottom, left:right]):
            one = (top + rows.start, left + columns.start, top + rows.stop, left + columns.stop)
            if not _is_cut_off(one, view, box):
                found.append(one)
    return [
        (top - _SPARED_PX, left - _SPARED_PX, bottom + _SPARED_PX, right + _SPARED_PX)
        for top, left, bottom, right in found
    ]


def _is_cut_off(one: Box, view: Box, box: Box) -> bool:
    """Return whether a marker lies where a view was cut out of a line: a word may go on there."""
    apart = APART * min(one[2] - one[0], one[3] - one[1])
    return any(view[side] != box[side] and abs(view[side] - one[side]) < apart for side in range(4))


def _ends(box: Box) -> list[Box]:
    """Return both ends of a long box: a marker there is easier read without the name before it."""
    top, left, bottom, right = box
    reach = int(_END * min(bottom - top, right - left))
    if right - left > 2 * reach:
        return [(top, left, bottom, left + reach), (top, right - reach, bottom, right)]
    if bottom - top > 2 * reach:
        return [(top, left, top + reach, right), (bottom - reach, left, bottom, right)]
    return []


def _sparing(boxes: list[Box], spared: list[Box]) -> list[Box]:
    """Cut what is spared out of boxes: what is above and below it, and beside it, is left."""
    for hole in spared:
        left_over: list[Box] = []
        for box in boxes:
            top, left = max(box[0], hole[0]), max(box[1], hole[1])
            bottom, right = min(box[2], hole[2]), min(box[3], hole[3])
            if top >= bottom or left >= right:
                left_over.append(box)
                continue
            pieces = (
                (box[0], box[1], top, box[3]),
                (bottom, box[1], box[2], box[3]),
                (top, box[1], bottom, left),
                (top, right, bottom, box[3]),
            )
            left_over += [one for one in pieces if one[0] < one[2] and one[1] < one[3]]
        boxes = left_over
    return boxes


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


def _is_harmless(stored: npt.NDArray[Any], box: Box) -> bool:
    """Return whether a box holds a marker, or one lone glyph or a part of it."""
    top, left, bottom, right = box
    # At the film's edge the margin is missing that tells the word from what runs out of the box.
    patch = np.pad(stored[top:bottom, left:right], 1 if _at_edge(stored.shape, box) else 0, "edge")
    sides = sorted(patch.shape)
    if sides[1] > _MARKER_ASPECT * sides[0] or holds_small_print(patch):
        return False
    if sides[0] >= 2 * _LEGIBLE_PX:
        return _is_harmless(*_smaller(stored, box, sides[0] // _LEGIBLE_PX))
    if sides[1] <= _GLYPH_ASPECT * sides[0]:
        closely = len(glyphs(patch)) == 1 or len(glyphs(_around(stored, box, _CUTS_PX[0]))) == 1
        if closely or is_lone_glyph(_around(stored, box, sides[1])):
            return True
    return is_marker(patch) or any(is_marker(_around(stored, box, reach)) for reach in _CUTS_PX)


def _smaller(stored: npt.NDArray[Any], box: Box, times: int) -> tuple[npt.NDArray[Any], Box]:
    """Return what is around a box of the film so many times smaller, and where the box is there."""
    reach = max(box[2] - box[0], box[3] - box[1])
    top, left = (max(side - reach, 0) // times * times for side in box[:2])
    part = stored[top : box[2] + reach, left : box[3] + reach]
    rows, columns = (side // times for side in part.shape)
    cells = part[: rows * times, : columns * times].reshape(rows, times, columns, times)
    start, stop = ((box[0] - top) // times, (box[1] - left) // times), (box[2] - top, box[3] - left)
    ends = (min(-(-stop[0] // times), rows), min(-(-stop[1] // times), columns))
    return cells.mean((1, 3)), (*start, *ends)


def _around(stored: npt.NDArray[Any], box: Box, reach: int) -> npt.NDArray[Any]:
    """Return a box of the film with what is around it."""
    top, left, bottom, right = box
    rows = slice(max(top - reach, 0), bottom + reach)
    return stored[rows, max(left - reach, 0) : right + reach]


def _at_edge(shape: tuple[int, ...], box: Box) -> bool:
    """Return whether a box was cut by the film's edge."""
    return min(box[:2]) == 0 or box[2] == shape[0] or box[3] == shape[1]
