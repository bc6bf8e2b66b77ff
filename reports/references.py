"""The works that the methods text cites, once each."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Work:
    """A reference; ``text`` is how it is printed."""

    key: str
    text: str


_WORKS: Final = (
    Work(
        "kauppila1997",
        "Kauppila LI et al. Atherosclerosis 1997;132:245-250. doi:10.1016/S0021-9150(97)00106-8",
    ),
    Work("lvlcrnet2025", "Zhang et al. BMC Medical Imaging 2025. doi:10.1186/s12880-025-02072-7"),
    Work(
        "shrout1979",
        (
            "Shrout PE, Fleiss JL. Psychological Bulletin 1979;86:420-428. "
            "doi:10.1037/0033-2909.86.2.420"
        ),
    ),
    Work(
        "mcgraw1996",
        "McGraw KO, Wong SP. Psychological Methods 1996;1:30-46. doi:10.1037/1082-989X.1.1.30",
    ),
    Work(
        "bland1986", "Bland JM, Altman DG. Lancet 1986;1:307-310. doi:10.1016/S0140-6736(86)90837-8"
    ),
    Work(
        "bland1999",
        (
            "Bland JM, Altman DG. Statistical Methods in Medical Research 1999;8:135-160. "
            "doi:10.1177/096228029900800204"
        ),
    ),
    Work("wilcoxon1945", "Wilcoxon F. Biometrics Bulletin 1945;1:80-83. doi:10.2307/3001968"),
    Work(
        "pratt1959",
        (
            "Pratt JW. Journal of the American Statistical Association 1959;54:655-667. "
            "doi:10.1080/01621459.1959.10501526"
        ),
    ),
    Work("holm1979", "Holm S. Scandinavian Journal of Statistics 1979;6:65-70."),
    Work("cohen1968", "Cohen J. Psychological Bulletin 1968;70:213-220. doi:10.1037/h0026256"),
    Work(
        "wilson1927",
        (
            "Wilson EB. Journal of the American Statistical Association 1927;22:209-212. "
            "doi:10.1080/01621459.1927.10502953"
        ),
    ),
    Work(
        "efron1987",
        (
            "Efron B. Journal of the American Statistical Association 1987;82:171-185. "
            "doi:10.1080/01621459.1987.10478410"
        ),
    ),
    Work("delong1988", "DeLong ER et al. Biometrics 1988;44:837-845. doi:10.2307/2531595"),
    Work("ps315", "DICOM Standard, PS3.15 Annex E: Attribute Confidentiality Profiles."),
    Work(
        "vovk2005",
        "Vovk V, Gammerman A, Shafer G. Algorithmic Learning in a Random World. Springer; 2005.",
    ),
)

WORKS: Final[dict[str, Work]] = {work.key: work for work in _WORKS}
