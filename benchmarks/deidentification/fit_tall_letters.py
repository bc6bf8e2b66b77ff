"""Fit how likely tall letters are what a network believes in, for ``tasks.deid.text_lines``.

    PYTHONPATH=. python benchmarks/deidentification/fit_tall_letters.py --films 300 --seed 51

Draws films of the training split at three detectors' scales, every third under more grain, with
text of all heights and without, and a third as many plain films of another origin, has the network
look at their copies, and prints the weights of a logistic regression for each copy, and what they
make of these films' lines. Lines on which a marker stands are left out. Some 1.5 s of processor a
film.
"""

import argparse
import multiprocessing
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm
from burned_in import burn, enlarge
from plant_text import Planted
from scipy import ndimage

from aac_models.phantom.cohort import FilmPlan, plan
from aac_models.phantom.film import draw
from benchmarks.other_origin import film as other_origin
from benchmarks.other_origin.looks import LOOKS
from tasks.deid import burned_in, text_lines
from tasks.deid.cut_lines import Line
from tasks.deid.text_lines import Properties

_FLOATS = npt.NDArray[np.float64]
_SCALES: Final = (1.0, 1.7, 2.5)
_HEIGHTS: Final = ((26, 72), (26, 72), (60, 140), (120, 290))
_ON_IT: Final = 0.6  # so much of a text lies in a line that is that text's
_RIDGE: Final = 0.01
_LEAST_CELLS: Final = 12
# Higher lines than the search judges, so that the weights rest on more spines.
_HIGHEST: Final = 0.2
_THRESHOLDS: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)


class Seen(NamedTuple):
    """One line: the copy it was seen on, whether it is text, and what is weighed."""

    film: int
    times: int
    is_text: bool
    properties: Properties


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=300)
    parser.add_argument("--seed", type=int, default=51)
    said = parser.parse_args()
    plans = enumerate(plan({"train": said.films}, said.seed))
    others = range(said.films, said.films + said.films // 3)
    with multiprocessing.get_context("spawn").Pool() as pool:
        found = [
            *pool.imap(partial(_with_and_without, said.seed), plans),
            *pool.imap(partial(_of_another_origin, said.seed), others),
        ]
    seen = [one for lines in found for one in lines]
    for copy in text_lines.COPIES:
        _fit([one for one in seen if one.times == copy.times], copy.times)


def _with_and_without(seed: int, numbered: tuple[int, FilmPlan]) -> list[Seen]:
    """Return the lines of one phantom, without and with text."""
    number, film_plan = numbered
    rng = np.random.default_rng((seed, number))
    film = enlarge(draw(film_plan).radiograph.pixels, float(rng.choice(_SCALES)), rng)
    if number % 3 == 0:
        film = _grained(film, rng)
    film = film.max() - film if rng.random() < 0.5 else film
    least, most = _HEIGHTS[int(rng.integers(len(_HEIGHTS)))]
    # In coarse pixels the same letters would be as high as the film.
    most = max(min(most, film.shape[1] // 4), 27)
    burned, planted = burn(film, rng, (min(least, most - 1), most))
    return [*_lines(number, film, []), *_lines(number, burned, planted)]


def _of_another_origin(seed: int, number: int) -> list[Seen]:
    """Return the lines of one plain film of another origin."""
    drawn = other_origin.draw(sorted(LOOKS)[number % len(LOOKS)], 1000 * seed + number)
    return [*_lines(number, np.rint(drawn.radiograph.pixels * 4095).astype(np.uint16), [])]


def _lines(number: int, film: npt.NDArray[np.uint16], planted: Sequence[Planted]) -> Iterator[Seen]:
    """Yield the lines of a film, and which are text."""
    windows, low, span = burned_in.first_look(film)
    if not windows:
        return
    picture = burned_in._displayed(film, low, span)  # noqa: SLF001 - as the search shows it
    for copy in text_lines.COPIES:
        wide = copy._replace(highest=_HIGHEST)
        for line in text_lines.lines_of(picture, windows, wide):
            shares = [(_share(line, one.strokes), one.kind) for one in planted]
            is_text = any(share >= _ON_IT and kind != "marker" for share, kind in shares)
            is_partly = any(share > 0 for share, _ in shares)
            is_marker = burned_in._is_harmless(film, line.box)  # noqa: SLF001 - likewise
            if line.cells >= _LEAST_CELLS and (is_text or not (is_partly or is_marker)):
                properties = text_lines.properties_of(line, picture, copy.times)
                yield Seen(number, copy.times, is_text, properties)


def _share(line: Line, strokes: npt.NDArray[np.bool_]) -> float:
    """Return how much of a text lies in the parts of a line."""
    inside = np.zeros(strokes.shape, bool)
    for top, left, bottom, right in line.parts:
        inside[top:bottom, left:right] = True
    return float(inside[strokes].mean())


def _grained(film: npt.NDArray[np.uint16], rng: np.random.Generator) -> npt.NDArray[np.uint16]:
    """Return a film under more grain, as strong as on films that are hard to read."""
    grain = ndimage.gaussian_filter(
        rng.standard_normal(film.shape, np.float32), float(rng.uniform(0.5, 2.0))
    )
    share = float(np.exp(rng.uniform(np.log(0.003), np.log(0.05))))
    noisy = film + grain * np.float32(share * 4095 / grain.std())
    return np.clip(noisy, 0, 4095).astype(np.uint16)


def _fit(lines: list[Seen], times: int) -> None:
    """Print the weights that say best which lines are text, and what they cost."""
    x = np.array([one.properties for one in lines])
    y = np.array([one.is_text for one in lines], np.float64)
    weights = _logistic(x, y)
    print(f"copy {times}: {int(y.sum())} lines of text, {int((1 - y).sum())} others")
    print("  Properties(" + ", ".join(f"{one:.2f}" for one in weights) + ")")
    odds = x @ weights
    for threshold in _THRESHOLDS:
        missed = int(((odds < threshold) & (y == 1)).sum())
        passed = {one.film for one, odd in zip(lines, odds, strict=True)
                  if odd >= threshold and not one.is_text}  # fmt: skip
        print(f"  from {threshold:.1f}: {missed} lines of text missed, plain ones taken on "
              f"{len(passed)} films")  # fmt: skip


def _logistic(x: _FLOATS, y: _FLOATS) -> _FLOATS:
    """Return the weights of a logistic regression, with a ridge: copies show few spines."""
    model = sm.GLM(y, x, family=sm.families.Binomial())
    return np.asarray(model.fit_regularized(alpha=_RIDGE / len(y), L1_wt=0.0).params)


if __name__ == "__main__":
    main()
