"""Places among the cells that the text networks judge."""

from tasks.deid.text_network import CELL

Place = tuple[slice, slice]  # rows and columns


def grown(place: Place, by: int, shape: tuple[int, ...]) -> Place:
    """Return a place with so many cells around it, as far as there are any."""
    rows, columns = (
        slice(max(side.start - by, 0), min(side.stop + by, most))
        for side, most in zip(place, shape, strict=True)
    )
    return rows, columns


def in_pixels(cells: Place) -> Place:
    """Return the pixels of a place of cells."""
    rows, columns = (slice(CELL * side.start, CELL * side.stop) for side in cells)
    return rows, columns


def within(place: Place, outer: Place) -> Place:
    """Return where in a larger place another one lies."""
    rows, columns = (
        slice(side.start - begin.start, side.stop - begin.start)
        for side, begin in zip(place, outer, strict=True)
    )
    return rows, columns
