"""What is said of each statistic; its exact form is read from the agreement table."""

from typing import Final

# One sentence a statistic; the form is read from the table, so that text and numbers agree.
FORMS: Final = (
    (
        "icc_a1",
        (
            "Agreement of totals was measured by the intraclass correlation for absolute "
            "agreement of single readings, ICC(A,1)"
        ),
        ("shrout1979", "mcgraw1996"),
    ),
    ("bias", "Differences are model minus reference; their mean is the bias", ("bland1986",)),
    (
        "loa_lower",
        "Limits of agreement were computed as by Bland and Altman",
        ("bland1986", "bland1999"),
    ),
    (
        "ba_slope_ols",
        "Proportional bias was measured by the slope of the difference on the mean",
        ("bland1999",),
    ),
    (
        "wilcoxon_p",
        (
            "Each model was compared with the reference by the Wilcoxon signed-rank test "
            "for matched pairs"
        ),
        ("wilcoxon1945",),
    ),
    ("mae", "Error is given as the mean absolute error", ()),
    ("rmse", "Large errors weigh more in the root mean squared error", ()),
    (
        "r2_determination",
        "R² is the coefficient of determination of the reference by the prediction",
        (),
    ),
    ("r2_pearson", "The squared Pearson correlation is given apart, under its own name", ()),
    (
        "kappa_quadratic",
        "Ordinal agreement was measured by kappa with quadratic weights over all levels 0 to 24",
        ("cohen1968",),
    ),
    (
        "auc_ge6",
        "Discrimination of a reference total of 6 or more is given as the area under the ROC curve",
        ("delong1988",),
    ),
)
