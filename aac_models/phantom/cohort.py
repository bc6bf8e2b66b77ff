"""Who is in the synthetic cohort: patients, centers, splits, burdens and looks, but no pixels."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from aac_models.phantom.styles import CENTERS, Style, draw_style

# Development and internal test films come from A and B; C and D are whole splits of their own.
DEVELOPMENT: Final = ("train", "val", "test")
SPLITS: Final = (*DEVELOPMENT, "C", "D")
_RANDOMIZED: Final = ("train", "val")
_SHARE_OF_A: Final = 0.6
_SECOND_FILM: Final = 0.04
# Of every other look again: about as many of each total, where no center has more heavy aortas
# than light ones. What is seldom seen heavy is read too low where it is hard to see.
_CLEAN_AGAIN: Final = 0.05
_BURDEN_AGAIN: Final = (-0.6, 1.4)
_CLEAN_BURDEN: Final = -2.0


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """Everything needed to draw one film, and nothing drawn yet.

    Attributes
    ----------
    center, split
        ``"A"`` to ``"D"``; ``"train"``, ``"val"``, ``"test"``, ``"C"`` or ``"D"``.
    patient
        Number of the patient within the cohort; a few have two films, always in one split.
    film
        Number of the film within the cohort.
    seed, patient_seed
        Chance of the film, and of the anatomy that a patient's films share.
    age_years, is_male, burden
        Of the patient; burden is the latent calcification.
    is_unusual
        Whether the patient is built far outside what is typical.
    style
        The look.
    is_fused
        Whether screws and rods are there; None leaves it to chance.
    """

    center: str
    split: str
    patient: int
    film: int
    seed: int
    patient_seed: int
    age_years: float
    is_male: bool
    burden: float
    is_unusual: bool
    style: Style
    is_fused: bool | None = None


@dataclass(frozen=True, slots=True)
class _Population:
    """Latent burden of a center: a share of clean aortas, and a normal curve for the rest."""

    clean: float
    mean: float
    sd: float


_POPULATIONS: Final = {
    "A": _Population(0.05, 0.10, 0.50),
    "B": _Population(0.05, 0.10, 0.50),
    "C": _Population(0.03, -0.09, 0.37),
    "D": _Population(0.07, 0.42, 0.50),
}


def plan(sizes: dict[str, int], seed: int, *, randomized: float = 0.6) -> list[FilmPlan]:
    """Plan a cohort.

    Parameters
    ----------
    sizes
        Films per split, e.g. ``{"train": 1478, "val": 423, "test": 211, "C": 157, "D": 391}``.
    seed
        The same seed and split give the same films, whatever other splits are asked for.
    randomized
        Share of the training and validation patients who are built far outside what is typical,
        with a look drawn from ranges wider than any center's; ``True`` is all, ``False`` none.
        Test films are never randomized.

    Returns
    -------
    One plan a film, in the order of ``sizes``.

    Raises
    ------
    ValueError
        A split is unknown, a size is negative, or the share is outside 0 to 1.
    """
    unknown = set(sizes) - set(SPLITS)
    if unknown:
        raise ValueError(f"sizes must name splits of {', '.join(SPLITS)}, got {sorted(unknown)}")
    if min(sizes.values(), default=0) < 0:
        raise ValueError("sizes must not be negative")
    if not 0 <= randomized <= 1:
        raise ValueError(f"randomized must be within 0 to 1, got {randomized}")
    films: list[FilmPlan] = []
    for split, size in sizes.items():
        share = float(randomized) if split in _RANDOMIZED else 0.0
        previous = None
        for index in range(size):
            rng = np.random.default_rng([seed, SPLITS.index(split), index])
            previous = _plan_one(rng, split, share, previous, films)
            films.append(previous)
    return films


def looked_at_again(film: FilmPlan, look: int) -> FilmPlan:
    """Plan the same spine on another machine and otherwise calcified, to train and calibrate with.

    Odd looks have any burden alike, even ones that of the patient: half of all looks stay as
    calcified as people are. A typical patient stays typical: who is seen typical on few machines
    alone is read low on others.

    Parameters
    ----------
    film
        A plan of ``plan``.
    look
        From 1; each number gives another machine, drawn from ranges wider than any center's,
        and other deposits.
    """
    rng = np.random.default_rng([film.seed, 5, look])
    style = draw_style(film.center, rng, randomized=True)
    seed, is_clean = int(rng.integers(2**62)), bool(rng.random() < _CLEAN_AGAIN)
    any_burden = _CLEAN_BURDEN if is_clean else float(rng.uniform(*_BURDEN_AGAIN))
    burden = any_burden if look % 2 else film.burden
    return replace(film, seed=seed, style=style, burden=burden)


def _plan_one(
    rng: np.random.Generator,
    split: str,
    randomized: float,
    previous: FilmPlan | None,
    films: list[FilmPlan],
) -> FilmPlan:
    """Plan a film: of a new patient, or now and then again of the previous one."""
    again = rng.random() < _SECOND_FILM
    seeds = rng.integers(2**62, size=2)
    center = split if split in CENTERS else ("A" if rng.random() < _SHARE_OF_A else "B")
    age = float(np.clip(rng.normal(66, 11), 35, 94))
    people = _POPULATIONS[center]
    # Age explains part of the burden, as in every cohort.
    deviate = 0.5 * (age - 66) / 11 + 0.87 * rng.standard_normal()
    burden = people.mean + people.sd * deviate
    if rng.random() < people.clean:
        burden = _CLEAN_BURDEN
    is_male, wide = bool(rng.random() < 0.5), bool(rng.random() < randomized)  # noqa: PLR2004 - a coin
    if again and previous is not None:
        wide = previous.is_unusual
        center, age, is_male = previous.center, previous.age_years, previous.is_male
        burden, seeds[1], patient = previous.burden, previous.patient_seed, previous.patient
    else:
        patient = films[-1].patient + 1 if films else 0
    return FilmPlan(
        center=center,
        split=split,
        patient=patient,
        film=len(films),
        seed=int(seeds[0]),
        patient_seed=int(seeds[1]),
        age_years=age,
        is_male=is_male,
        burden=float(burden),
        is_unusual=wide,
        style=draw_style(center, rng, randomized=wide),
    )
