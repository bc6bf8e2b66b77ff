"""Trained networks and films in, graded aortas out.

Each film goes through the networks alone, so that its result cannot depend on the films that
happen to share its batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from aac_models import normalise, strip, weights
from aac_models.anatomy import Anatomy
from aac_models.arms import ARMS, TABLE
from aac_models.kauppila import LEVELS, MAX_TOTAL, AacScore
from aac_models.localization import Found, localize
from aac_models.look import Look, RawScore, unseen, with_walls
from aac_models.losses import corn_probabilities
from aac_models.networks import whole_image
from aac_models.networks.localizer import Localizer
from aac_models.radiograph import Radiograph, Side
from aac_models.strip import AorticStrip

if TYPE_CHECKING:
    from aac_models.networks.ranker import Ranking

LOCALIZER: Final = "localizer"
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
    """

    anatomy: Anatomy | None
    lateral_lumbar: float
    refusal: str
    anterior: Side | None
    scores: dict[str, AacScore] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    strip: AorticStrip | None = None
    presence: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)


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
        localizer = networks[LOCALIZER].to(device).eval()
        if not isinstance(localizer, Localizer):
            raise TypeError(f"localizer must be a Localizer, got {type(localizer).__name__}")
        self._localizer = localizer
        self._scorers = {
            name: network.to(device).eval()
            for name, network in networks.items()
            if name != LOCALIZER
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
        place = weights.SHIPPED if folder is None else folder
        stems = [LOCALIZER, *(arm for arm in ARMS if (place / f"{arm}.safetensors").is_file())]
        files = {stem: weights.load(place, stem) for stem in stems}
        networks = {
            stem: file.into(Localizer() if stem == LOCALIZER else TABLE[stem].network(), stem)
            for stem, file in files.items()
        }
        digests = {
            arm: weights.combined_digest([files[stem].digest for stem in TABLE[arm].files])
            for arm in stems[1:]
        }
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
        unknown = [arm for arm in arms if arm not in self._scorers]
        if unknown:
            raise ValueError(f"arms must be of {', '.join(self._scorers)}, got {unknown}")
        return [self._predict_one(radiograph, arms) for radiograph in radiographs]

    def look(self, radiograph: Radiograph, arms: Sequence[str]) -> Look | None:
        """Run the networks on one film; None when it is too small to hold a spine."""
        if min(radiograph.pixels.shape) < MIN_SIDE_PX:
            return None
        working, placement = normalise.working_film(radiograph.pixels)
        found = localize(self._localizer, working, self.device)
        points = strip.strip_points(found.anatomy.corners_px)
        pixels, inside = strip.sample(working, points)
        views = {
            "strip": normalise.strip_input(pixels, inside),
            "film": self._whole(working) if any(TABLE[a].sees == "film" for a in arms) else None,
        }
        raw = {arm: self._rank(arm, views[TABLE[arm].sees]) for arm in arms}
        on_film = placement.to_film(points)
        spacing = strip.spacing_along(on_film, radiograph.pixel_spacing_mm)
        straight = AorticStrip(pixels, strip.LEVEL_ROWS, on_film, inside, *spacing)
        anatomy = Anatomy(placement.to_film(found.anatomy.corners_px), found.anatomy.confidence)
        found = Found(anatomy, found.lateral_lumbar, found.implausible, found.anterior)
        return Look(found, straight, raw)

    def _whole(self, working: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        canvas, _ = normalise.letterbox(working, whole_image.ROWS, whole_image.COLUMNS)
        return normalise.film_input(canvas)

    def _rank(self, arm: str, view: npt.NDArray[np.float32] | None) -> RawScore:
        """Run one scorer."""
        with torch.inference_mode():
            said: Ranking = self._scorers[arm](torch.from_numpy(view)[None].to(self.device))
        logits = said.logits[0].float().cpu().numpy()
        assessable = torch.sigmoid(said.assessable[0].float()).cpu().numpy()
        if said.attention is None or said.presence is None:
            return RawScore(logits, assessable)
        attention = said.attention[0].cpu().numpy()
        place = np.arange(attention.shape[-1]) * (strip.COLUMNS / attention.shape[-1])
        columns = np.repeat((attention * place).sum(-1), 2, axis=1)
        presence = np.repeat(said.presence[0].cpu().numpy(), 2, axis=1)
        return RawScore(logits, assessable, columns.astype(np.float32), presence)

    def _predict_one(self, radiograph: Radiograph, arms: Sequence[str]) -> FilmPrediction:
        seen = self.look(radiograph, arms)
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
        )

    def _score(self, arm: str, seen: Look) -> AacScore:
        raw = seen.raw[arm]
        told = self._settings.get(arm, {})
        scale = np.asarray(told.get("scale", (1.0, 1.0, 1.0)), dtype=np.float32)
        shift = np.asarray(told.get("shift", (0.0, 0.0, 0.0)), dtype=np.float32)
        logits = torch.from_numpy(raw.logits * scale + shift)
        probabilities = corn_probabilities(logits).numpy().astype(np.float32)
        blind = {} if TABLE[arm].sees == "film" else unseen(seen)
        for level, share in zip(LEVELS, raw.assessable, strict=True):
            if share < told.get("assess_below", _ASSESS_BELOW):
                blind.setdefault(level, "aorta not wholly on the film")
        return AacScore(probabilities, dict(sorted(blind.items())))

    def _interval(self, arm: str, score: AacScore) -> tuple[float, float]:
        """Limits of the total from the validation errors of films scored alike."""
        total = score.total
        widths = self._settings.get(arm, {}).get("half_widths", [[MAX_TOTAL, MAX_TOTAL]])
        if total is None:
            return float("nan"), float("nan")
        half = next((width for upper, width in widths if total <= upper), widths[-1][1])
        return max(0.0, total - half), min(float(MAX_TOTAL), total + half)
