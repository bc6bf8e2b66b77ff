"""Trained networks and films in, graded aortas out.

On a CPU each film goes through the networks alone: a batch would save nothing there, and so a
result cannot depend on the company. On a GPU films share batches of one fixed size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from aac_models import gpu, localization, normalise, strip, weights
from aac_models.anatomy import Anatomy
from aac_models.arms import ARMS, LOCALIZER, TABLE, combined, stems_in
from aac_models.folding import folded
from aac_models.kauppila import LEVELS, MAX_TOTAL, AacScore
from aac_models.localization import Found, localize
from aac_models.look import Look, RawScore, on_film, raw_scores, unseen, with_walls
from aac_models.losses import corn_probabilities
from aac_models.networks import whole_image
from aac_models.networks.localizer import Localizer
from aac_models.radiograph import Radiograph, Side
from aac_models.spread import UNCHANGED, cuts, spread
from aac_models.strip import AorticStrip

REFUSE_BELOW: Final = 0.5
MIN_SIDE_PX: Final = 64
_ASSESS_BELOW: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class FilmPrediction:
    """The result of one film.

    Attributes
    ----------
    anatomy
        Vertebrae, and the aortic walls where an arm that sees the strip was run; None when
        the film was refused.
    lateral_lumbar
        0 to 1, confidence that the film is a lateral lumbar radiograph.
    refusal
        "" when scored, else why not.
    anterior
        The side the patient faces as the film shows it.
    scores
        By arm.
    intervals
        By arm: limits that hold the readers' total in 90 % of films like the validation
        films; (NaN, NaN) where the total is missing.
    strip
        The straightened field of the aorta.
    presence
        By arm that sees the strip: float32 (2 walls, strip rows), probability of calcium along
        each wall, which is what made the grades.
    is_negative
        Whether the film shows black for white and was turned before it was read.
    """

    anatomy: Anatomy | None
    lateral_lumbar: float
    refusal: str
    anterior: Side | None
    scores: dict[str, AacScore] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    strip: AorticStrip | None = None
    presence: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    is_negative: bool = False


class Predictor:
    """Localizer and scorers, ready to use.

    Parameters
    ----------
    networks
        By file stem: "localizer" and the arms.
    settings
        What training stored beside each: calibration and interval widths.
    weights_digest
        By arm.
    device
        A torch device.
    """

    def __init__(
        self,
        networks: Mapping[str, nn.Module],
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        weights_digest: Mapping[str, str] | None = None,
        device: str = "cpu",
    ) -> None:
        localizer = folded(networks[LOCALIZER], device)
        if not isinstance(localizer, Localizer):
            raise TypeError(f"localizer must be a Localizer, got {type(localizer).__name__}")
        self.localizer = localizer
        self.scorers = {
            name: folded(network, device) for name, network in networks.items() if name != LOCALIZER
        }
        self._settings = dict(settings or {})
        self.weights_digest = dict(weights_digest or {})
        self.device = device

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "cpu") -> "Predictor":
        """Load the arms of a folder.

        Parameters
        ----------
        folder
            Written by training; None takes the shipped weights.
        device
            A torch device.

        Raises
        ------
        WeightsMismatch
            A file is missing, altered or made for another network.
        """
        place = folder or weights.SHIPPED
        files = {stem: weights.load(place, stem) for stem in stems_in(folder)}
        networks = {
            stem: file.into(Localizer() if stem == LOCALIZER else TABLE[stem].network(), stem)
            for stem, file in files.items()
        }
        digests = combined({stem: file.digest for stem, file in files.items()})
        settings = {stem: file.settings for stem, file in files.items()}
        return cls(networks, settings, digests, device)

    def predict(
        self, radiographs: Sequence[Radiograph], arms: Sequence[str] = ARMS
    ) -> list[FilmPrediction]:
        """Score films.

        Parameters
        ----------
        radiographs
            Films of any size.
        arms
            Which scorers to run.

        Returns
        -------
        One result a film, in order. The same film gives the same result in any company.

        Raises
        ------
        ValueError
            An arm has no weights here.
        """
        unknown = [arm for arm in arms if arm not in self.scorers]
        if unknown:
            raise ValueError(f"arms must be of {', '.join(self.scorers)}, got {unknown}")
        if self.device.startswith("cuda"):
            looks = self.look_together(radiographs, arms)
        else:
            looks = [self.look(radiograph, arms) for radiograph in radiographs]
        return [self._conclude(seen, arms) for seen in looks]

    def look(self, radiograph: Radiograph, arms: Sequence[str]) -> Look | None:
        """Run the networks on one film; None when it is too small to hold a spine."""
        if min(radiograph.pixels.shape) < MIN_SIDE_PX:
            return None
        working, placement = normalise.working_film(radiograph.pixels)
        found = localize(self.localizer, working, self.device)
        working = 1 - working if found.is_negative else working
        points = strip.strip_points(found.anatomy.corners_px)
        pixels, inside = strip.sample(working, points)
        views = {"strip": torch.from_numpy(normalise.strip_input(pixels, inside))[None]}
        if any(TABLE[arm].sees == "film" for arm in arms):
            canvas, _ = normalise.letterbox(working, whole_image.ROWS, whole_image.COLUMNS)
            views["film"] = torch.from_numpy(normalise.film_input(canvas))[None]
        with torch.inference_mode():
            raw = {
                arm: raw_scores(self.scorers[arm](views[TABLE[arm].sees].to(self.device)), 1)[0]
                for arm in arms
            }
        return on_film(placement, found, (points, pixels, inside), raw)

    def look_together(
        self, radiographs: Sequence[Radiograph], arms: Sequence[str]
    ) -> list[Look | None]:
        """As ``look``, for many films at once on the device; see ``aac_models.gpu``."""
        large = [one for one in radiographs if min(one.pixels.shape) >= MIN_SIDE_PX]
        with gpu.inference(self.device):
            looks = iter(self._look_together(large, arms) if large else ())
        return [
            next(looks) if min(one.pixels.shape) >= MIN_SIDE_PX else None for one in radiographs
        ]

    def _look_together(self, films: Sequence[Radiograph], arms: Sequence[str]) -> list[Look]:
        sent = gpu.send([film.pixels for film in films], self.device)
        shown, placements = zip(*(gpu.working_film(film) for film in sent), strict=True)
        found = self._localize_together(shown)
        working = [
            1 - film if one.is_negative else film for film, one in zip(shown, found, strict=True)
        ]
        points = [strip.strip_points(one.anatomy.corners_px) for one in found]
        sampled = [gpu.sample(film, grid) for film, grid in zip(working, points, strict=True)]
        pixels, inside = (torch.stack(parts) for parts in zip(*sampled, strict=True))
        views = {"strip": gpu.strip_input(pixels, inside)}
        if any(TABLE[arm].sees == "film" for arm in arms):
            size = (whole_image.ROWS, whole_image.COLUMNS)
            views["film"] = gpu.film_input(
                torch.stack([gpu.letterbox(film, *size)[0] for film in working])
            )
        raw = {arm: self._rank_together(arm, views[TABLE[arm].sees]) for arm in arms}
        strips = zip(points, pixels.cpu().numpy(), inside.cpu().numpy(), strict=True)
        return [
            on_film(placement, one, straight, {arm: raw[arm][i] for arm in arms})
            for i, (placement, one, straight) in enumerate(
                zip(placements, found, strips, strict=True)
            )
        ]

    def _localize_together(self, working: Sequence[Tensor]) -> list[Found]:
        """As ``localization.localize``: where the sense is in doubt, both are looked at."""
        found = self._ask_localizer(working)
        doubtful = [at for at, one in enumerate(found) if localization.is_doubtful(one)]
        if doubtful:
            turned = self._ask_localizer([1 - working[at] for at in doubtful])
            for at, one in zip(doubtful, turned, strict=True):
                found[at] = localization.righted(found[at], one)
        return found

    def _ask_localizer(self, working: Sequence[Tensor]) -> list[Found]:
        side = normalise.SMALL_PX
        boxed = [gpu.letterbox(film, side, side) for film in working]
        inputs = gpu.localizer_input(torch.stack([canvas for canvas, _ in boxed]))
        found: list[Found] = []
        for (some, judged), n in gpu.in_batches(
            lambda films: localization.averaged(self.localizer, films), inputs
        ):
            placements = (placement for _, placement in boxed[len(found) : len(found) + n])
            answers = zip(some[:n].cpu().numpy(), judged[:n].cpu().numpy(), placements, strict=True)
            found += [localization.found_on(*answer) for answer in answers]
        return [
            localization.with_contrast(one, film) for one, film in zip(found, working, strict=True)
        ]

    def _rank_together(self, arm: str, views: Tensor) -> list[RawScore]:
        answers = gpu.in_batches(self.scorers[arm], views)
        return [raw for said, n in answers for raw in raw_scores(said, n)]

    def _conclude(self, seen: Look | None, arms: Sequence[str]) -> FilmPrediction:
        if seen is None:
            return FilmPrediction(None, 0.0, "film too small", None)
        limit = self._settings.get(LOCALIZER, {}).get("refuse_below", REFUSE_BELOW)
        if seen.found.lateral_lumbar < limit:
            why = seen.found.implausible or "unlike a lateral lumbar radiograph"
            return FilmPrediction(None, seen.found.lateral_lumbar, why, None)
        scores = {arm: self._score(arm, seen) for arm in arms}
        return FilmPrediction(
            anatomy=with_walls(seen),
            lateral_lumbar=seen.found.lateral_lumbar,
            refusal="",
            anterior=seen.found.anterior,
            scores=scores,
            intervals={arm: self._interval(arm, score) for arm, score in scores.items()},
            strip=seen.strip,
            presence={
                arm: raw.presence for arm, raw in seen.raw.items() if raw.presence is not None
            },
            is_negative=seen.found.is_negative,
        )

    def _score(self, arm: str, seen: Look) -> AacScore:
        raw = seen.raw[arm]
        told = self._settings.get(arm, {})
        scale = np.asarray(told.get("scale", (1.0, 1.0, 1.0)), dtype=np.float32)
        shift = np.asarray(told.get("shift", (0.0, 0.0, 0.0)), dtype=np.float32)
        logits = torch.from_numpy(raw.logits * scale + shift)
        limits = told.get("spread", UNCHANGED)
        probabilities = spread(corn_probabilities(logits).double().numpy(), limits)
        blind = {} if TABLE[arm].sees == "film" else unseen(seen)
        for level, share in zip(LEVELS, raw.assessable, strict=True):
            if share < told.get("assess_below", _ASSESS_BELOW):
                blind.setdefault(level, "aorta not wholly on the film")
        return AacScore(probabilities.astype(np.float32), dict(sorted(blind.items())), cuts(limits))

    def _interval(self, arm: str, score: AacScore) -> tuple[float, float]:
        """Limits of the total from the validation errors of films scored alike."""
        total = score.total
        widths = self._settings.get(arm, {}).get("half_widths", [[MAX_TOTAL, MAX_TOTAL]])
        if total is None:
            return float("nan"), float("nan")
        half = next((width for upper, width in widths if total <= upper), widths[-1][1])
        return max(0.0, total - half), min(float(MAX_TOTAL), total + half)
