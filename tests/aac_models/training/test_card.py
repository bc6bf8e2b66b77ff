import json
import re
import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
import yaml
from torch import nn

from aac_models import weights
from aac_models.training import card, card_chai, card_curves, measured

SETTINGS = {"sizes": {"train": 4, "val": 2}, "seed": 7, "batch": 2, "work": "elsewhere"}
FIGURES = {
    "localizer": {"films": 2, "accepted": 1.0, "levels_right": 0.5},
    "lvlcrnet": {"films": 2, "mae": 1.25, "r2_determination": float("nan"), "icc_a1": 0.9},
}
RESULT = measured.Result(
    "C", "lvlcrnet", "icc_a1", 0.951, low=0.93, high=0.97, n=150, target=">= 0.95", is_met=True
)


@pytest.fixture
def folder(tmp_path):
    """A folder of weights with the card of their run."""
    torch.manual_seed(0)
    for name in ("localizer", "lvlcrnet"):
        weights.save(nn.Linear(2, 2), tmp_path / "out", name, {})
    curves = tmp_path / "curves"
    curves.mkdir()
    (curves / "lvlcrnet.csv").write_text("epoch,loss,val_mae\n1,2.5,3\n2,1.5,nan\n")
    card.write(tmp_path / "out", settings=SETTINGS, figures=FIGURES, curves=curves)
    return tmp_path / "out"


def keep(folder, command="python benchmarks/accuracy.py"):
    table = measured.Table("center C", ["", "ICC"], [["lvlcrnet", "0.951"]])
    measured.write(
        measured.Measured("Test films", command, "Of phantoms.", [table], [RESULT]),
        folder,
        "accuracy",
    )
    card.render(folder)


def front_matter(folder):
    text = (folder / "MODEL_CARD.md").read_text()
    return yaml.safe_load(text.split("---\n")[1])


def test_the_card_says_what_made_the_weights_and_where_nothing_is_known(folder):
    text = (folder / "MODEL_CARD.md").read_text()
    for said in ("Not for clinical use", "seed: `7`", "| ICC(A,1) | 0.900 |", "opened 0 times"):
        assert said in text
    assert "elsewhere" not in text
    assert "| R2 (coefficient of determination) | - |" in text
    assert "Not measured with these weights." in text
    for name, digest in measured.digests(folder).items():
        assert f"| {name} |" in text
        assert digest in text


def test_the_same_facts_give_the_same_bytes(folder):
    forms = ("MODEL_CARD.md", "model_card.chai.xml", "model_card.atlas.json", "curves.svg")
    before = [(folder / name).read_bytes() for name in forms]
    card.render(folder)
    assert [(folder / name).read_bytes() for name in forms] == before


def test_other_weights_begin_with_test_sets_that_were_never_opened(folder):
    said = yaml.safe_load((folder / card.WORDS).read_text())
    assert said["test_sets_opened"] == {"earlier": 0, "this_release": 0}
    assert said["version"] == "unreleased"
    shipped = yaml.safe_load((weights.SHIPPED / card.WORDS).read_text())
    assert sum(shipped["test_sets_opened"].values()) > 0


def test_words_that_a_group_edits_are_kept_and_rendered(folder):
    path = folder / card.WORDS
    path.write_text(re.sub("contact: .*", "contact: the trial office", path.read_text()))
    card.write(folder, settings=SETTINGS, figures=FIGURES, curves=folder, own_films=True)
    assert "the trial office" in (folder / "model_card.chai.xml").read_text()
    assert "grades given with the films" in (folder / "MODEL_CARD.md").read_text()
    assert "ynthetic" not in (folder / "MODEL_CARD.md").read_text().split("## Test films")[0]


def test_words_that_are_missing_are_named(folder):
    (folder / card.WORDS).write_text("name: mine\nphantoms: {}\n")
    with pytest.raises(ValueError, match=r"model_card.yaml must say biases, .*, version"):
        card.render(folder)


def test_test_figures_are_quoted_from_their_file(folder):
    keep(folder)
    text = (folder / "MODEL_CARD.md").read_text()
    assert "| lvlcrnet | 0.951 |" in text
    assert "`python benchmarks/accuracy.py`" in text
    results = front_matter(folder)["model-index"][0]["results"]
    assert results[0]["metrics"][0]["value"] == 0.951
    assert results[0]["dataset"]["split"] == "C"


def test_agreement_on_validation_films_stands_in_until_test_films_are_measured(folder):
    drop = measured.Result("test", "lvlcrnet, noise", "drop_r2", 0.04, n=120)
    part = measured.Measured("Robustness", "python benchmarks/robustness.py", "", [], [drop])
    measured.write(part, folder, "robustness")
    card.render(folder)
    assert front_matter(folder)["model-index"][0]["results"][0]["dataset"]["split"] == "val"
    assert "drop in R2, lvlcrnet, noise" in (folder / "model_card.chai.xml").read_text()


def test_figures_of_other_weights_are_not_quoted(folder):
    keep(folder)
    torch.manual_seed(1)
    weights.save(nn.Linear(2, 2), folder, "lvlcrnet", {})
    card.render(folder)
    assert "0.951" not in (folder / "MODEL_CARD.md").read_text()


def test_the_front_matter_names_license_metrics_and_results(folder):
    told = front_matter(folder)
    assert told["license"] == "apache-2.0"
    assert told["metrics"] == ["accuracy", "mae", "r_squared"]
    assert told["model-index"][0]["results"][0]["metrics"][1] == {
        "type": "mae",
        "value": 1.25,
        "name": "mean absolute error, lvlcrnet",
    }


# Elements that schema v0.2 wants, in its order; those in brackets may be left out there.
CHAI = {
    "AppliedModelCard": "BasicInfo ReleaseInfo ModelSummary UsesAndDirections Warnings"
    " TrustIngredients KeyMetrics Resources Bibliography",
    "BasicInfo": "ModelName ModelDeveloper DeveloperContact",
    "ReleaseInfo": "ReleaseStage ReleaseDate ReleaseVersion GlobalAvailability RegulatoryApproval",
    "ModelSummary": "Summary Keywords",
    "UsesAndDirections": "IntendedUseAndWorkflow PrimaryIntendedUsers HowToUse"
    " TargetedPatientPopulation CautionedOutOfScopeSettings",
    "Warnings": "KnownRisksAndLimitations KnownBiasesOrEthicalConsiderations ClinicalRiskLevel",
    "TrustIngredients": "AISystemFacts TransparencyInformation",
    "AISystemFacts": "OutcomesAndOutputs ModelType InputDataSource OutputAndInputDataTypes"
    " DevelopmentDataCharacterization BiasMitigationApproaches OngoingMaintenance Security",
    "TransparencyInformation": "FundingSource StakeholdersConsulted",
    "KeyMetrics": "UsefulnessUsabilityEfficacy FairnessEquity SafetyReliability",
    "SafetyReliability": "MetricGoal Results Interpretation TestType TestingDataDescription"
    " ValidationProcessAndJustification",
    "MetricResult": "Label ValueJson",
    "Resources": "PeerReviewedPublications PatientConsentOrDisclosure",
}


def test_the_chai_card_has_the_elements_of_its_schema_in_their_order(folder):
    keep(folder)
    root = ET.parse(folder / "model_card.chai.xml").getroot()  # noqa: S314 - written here
    space = f"{{{card_chai.NAMESPACE}}}"
    for element in root.iter():
        name = element.tag.removeprefix(space)
        if name in CHAI:
            assert [child.tag.removeprefix(space) for child in element] == CHAI[name].split()
        elif len(element) == 0:
            assert element.text
    values = [json.loads(one.text) for one in root.iter(f"{space}ValueJson")]
    assert {
        "kind": "estimate_ci",
        "estimate": 0.951,
        "lower": 0.93,
        "upper": 0.97,
        "level": 95,
    } in (values)


def test_the_atlas_card_names_fields_as_its_schema_does(folder):
    said = json.loads((folder / "model_card.atlas.json").read_text())
    assert said["$schema"].endswith("/2025-11/model.json")
    model = said["Model"]
    assert set(model) == {
        "Name",
        "Link",
        "Indexing",
        "Descriptors",
        "Model properties",
        "Imaging",
        "Model performance",
    }
    assert model["Link"].startswith("ni:///sha-256;")
    for group in (model["Model properties"]["Use"], model["Model properties"]["User"]):
        assert set(group) <= {"Intended", "Out-of-scope", "Excluded"}
        assert all(4 <= len(text) <= 64 for texts in group.values() for text in texts)
    assert model["Model properties"]["Regulatory information"]["FDA cleared"] is None
    assert "0.900" in model["Model performance"]["Comments"]


def test_the_curves_are_a_figure_that_leaves_gaps_out(folder):
    root = ET.parse(folder / "curves.svg").getroot()  # noqa: S314 - written here
    lines = [one.get("points").split() for one in root.iter() if one.tag.endswith("polyline")]
    assert [len(line) for line in lines] == [2, 1]
    ends = np.array([[float(v) for v in point.split(",")] for point in lines[0]])
    assert ends[1, 1] > ends[0, 1]  # a lower loss lies lower
    assert card_curves.render({}).startswith("<svg")


def test_the_shipped_card_is_what_the_shipped_facts_give(tmp_path):
    copy = shutil.copytree(weights.SHIPPED, tmp_path / "weights")
    card.render(copy)
    for name in ("MODEL_CARD.md", "model_card.chai.xml", "model_card.atlas.json", "curves.svg"):
        assert (copy / name).read_bytes() == (weights.SHIPPED / name).read_bytes()
