"""Numbers that decide how a film is shown: as they came, gone as a whole, or the film is refused.

Half a window, or a 0 where a slope was, would show another picture than the hospital saw, and
nobody would be told. A number of few digits that is somebody's ID as well is so by chance.
"""

from typing import Final

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.dicom.elements import decimals, text
from tasks.dicom.spacing import pixel_spacing

# What only means something together, and what is said of it besides.
_GROUPS: Final = (
    (("WindowCenter", "WindowWidth"), ("WindowCenterWidthExplanation", "VOILUTFunction")),
    (("RescaleSlope", "RescaleIntercept"), ("RescaleType",)),
    (("PixelPaddingValue", "PixelPaddingRangeLimit"), ()),
    (
        (
            "ShutterShape",
            "ShutterLeftVerticalEdge",
            "ShutterRightVerticalEdge",
            "ShutterUpperHorizontalEdge",
            "ShutterLowerHorizontalEdge",
            "CenterOfCircularShutter",
            "RadiusOfCircularShutter",
            "VerticesOfThePolygonalShutter",
        ),
        ("ShutterPresentationValue",),
    ),
)
# What the tube lit means something together, too, but no picture is shown by it.
_COLLIMATOR: Final = (
    "CollimatorShape",
    "CollimatorLeftVerticalEdge",
    "CollimatorRightVerticalEdge",
    "CollimatorUpperHorizontalEdge",
    "CollimatorLowerHorizontalEdge",
    "CenterOfCircularCollimator",
    "RadiusOfCircularCollimator",
    "VerticesOfThePolygonalCollimator",
)
_CODED: Final = frozenset({"ShutterShape", "CollimatorShape"})
_SINGLE: Final = (
    "LUTDescriptor",
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries",
    "ShutterPresentationValue",
    "PixelAspectRatio",
)
# Numbers that stay whoever has them as a short ID, and that have no harmless other value.
SHOWN: Final = frozenset({*_SINGLE, *(word for group, _ in _GROUPS for word in group)})
# Numbers that the film is measured by: one of few digits is an ID by chance, and another's spacing
# in its place would be another measure. Rounded they measure the same, as no window shows the same;
# so one that spells a longer ID is rounded and does not refuse the film.
MEASURED: Final = frozenset(
    {
        "PixelSpacing",
        "ImagerPixelSpacing",
        "NominalScannedPixelSpacing",
        "EstimatedRadiographicMagnificationFactor",
        "DistanceSourceToDetector",
        "DistanceSourceToPatient",
    }
)
# Numbers that stay whoever has one of few digits as an ID.
CHANCE: Final = SHOWN | MEASURED | {*_COLLIMATOR}


def _tagged(keywords: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    return tuple(
        (tag, keyword) for keyword in keywords if (tag := tag_for_keyword(keyword)) is not None
    )


# Every item of every sequence is asked for all of these; by keyword that takes four times as long.
_TAGGED: Final = tuple(
    (_tagged(group), _tagged(besides)) for group, besides in (*_GROUPS, (_COLLIMATOR, ()))
)


def drop_halves(clean: Dataset, original: Dataset) -> None:
    """Take a group out of a clean header, in place, when one of its values could not stay.

    What no reader could apply in the original either is no loss, and takes nothing along.
    """
    for group, besides in _TAGGED:
        lost = [word for tag, word in group if tag in original and tag not in clean]
        if any(_is_applied(original, keyword) for keyword in lost):
            for tag, _ in (*group, *besides):
                if tag in clean:
                    del clean[tag]


def refuse_other_measure(clean: Dataset, original: Dataset) -> None:
    """Refuse a film that would be measured by another attribute than before, unnoticed."""
    said = pixel_spacing(original)[1]
    if said and pixel_spacing(clean)[1] != said:
        raise FilmRejected(Reason.NOT_DEIDENTIFIED, f"{said} is a number of somebody's")


def _is_applied(ds: Dataset, keyword: str) -> bool:
    """Return whether a reader could make something of a value."""
    return bool(text(ds, keyword) if keyword in _CODED else decimals(ds, keyword))
