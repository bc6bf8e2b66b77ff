import json
import shutil

import pytest
import torch
import yaml

from aac_models import weights


@pytest.fixture
def study(part_of_demo):
    """One center whose films were all scored before: a page each, of it and of all."""
    return part_of_demo("A", is_scored=True)


@pytest.fixture
def finished(demo, tmp_path):
    """A copy of the demo, which was run to its report."""
    return shutil.copytree(demo, tmp_path / "finished")


def change(folder, **keys):
    path = folder / "study.yaml"
    said = yaml.safe_load(path.read_text(encoding="utf-8")) | keys
    path.write_text(yaml.safe_dump(said), encoding="utf-8")


def test_missing_and_empty_centers_are_named_and_the_rest_is_done(aac, study):
    (study / "incoming" / "E").mkdir()
    centers = yaml.safe_load((study / "study.yaml").read_text(encoding="utf-8"))["centers"]
    change(
        study,
        centers=centers | {"B": {"dicom": "incoming/not-mounted"}, "E": {"dicom": "incoming/E"}},
    )
    done = aac("run", study, "--json")
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert said["failed_centers"] == ["B", "E"]
    assert set(said["counts"]) == {"A"}
    page = (study / said["report"]).read_text(encoding="utf-8")
    assert "center B" in page
    assert "center E" in page
    assert aac("check", study).returncode == 2


def test_a_bad_center_that_is_set_to_stop_ends_the_run_before_anything_is_scored(aac, study):
    path = study / "study.yaml"
    centers = yaml.safe_load(path.read_text(encoding="utf-8"))["centers"]
    bad = centers["A"] | {"most_set_aside": 0.0, "on_failure": "stop"}
    change(study, centers=centers | {"A": bad})
    done = aac("run", study)
    assert done.returncode == 1
    assert "films are set aside" in done.stderr
    assert not list((study / "results").rglob("*.parquet"))
    gone = {"dicom": "incoming/not-mounted", "on_failure": "stop"}
    change(study, centers=centers | {"B": gone})
    done = aac("run", study)
    assert done.returncode == 2
    assert "centers.B.dicom: folder not found" in done.stderr


def test_a_study_without_annotations_still_scores_and_says_so(aac, study):
    (study / "annotations.csv").unlink()
    change(study, annotations=None)
    done = aac("run", study, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert any("annotations" in finding for finding in said["findings"])
    assert said["counts"]["A"]["scored"] > 0


def test_what_the_study_file_no_longer_names_leaves_tables_and_report(aac, finished):
    study = finished

    def rows(sql):
        return aac("query", sql, "--study", study, "--form", "csv").stdout.split()[1:]

    assert rows("select distinct center from predictions order by all") == [*"ABCD"]
    assert rows("select count(*) as n from agreement") != ["0"]
    said = yaml.safe_load((study / "study.yaml").read_text(encoding="utf-8"))
    change(study, statistics={"bootstrap": 99})
    for only in ([], ["--only", "methods"]):
        done = aac("report", study, *only)
        assert done.returncode == 1
        assert done.stderr.startswith("aac: study.yaml: not what the newest run (r-")
    (study / "study.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    assert aac("report", study, "--only", "methods").returncode == 0

    change(study, annotations=None, centers={"A": said["centers"]["A"]})
    assert "annotations" in aac("report", study).stderr  # the old comparison is not shown again
    done = aac("run", study, "--json")
    assert done.returncode == 0, done.stderr
    assert not any(row["n"] for row in json.loads(done.stdout)["headline"])
    for table in ("predictions", "catalogue", "contracts"):
        assert rows(f"select distinct center from {table}") == ["A"]  # noqa: S608 - our own names
    for table in ("annotations", "agreement", "confusion"):
        assert rows(f"select count(*) as n from {table}") == ["0"]  # noqa: S608 - likewise
    assert rows("select count(*) as n from contracts where contract = 'annotation'") == ["0"]
    assert list((study / "runs").glob("*/superseded/predictions/center=C"))
    assert {path.name for path in (study / "deidentified").iterdir()} == {"center=A"}
    assert list((study / "private" / "retired" / "center=C").rglob("*.dcm"))
    assert aac("report", study).returncode == 0
    assert aac("lock-plan", study).returncode == 0
    lock = json.loads((study / "plan.lock.json").read_text(encoding="utf-8"))
    assert lock["annotations_opened_before"] is True


def test_a_run_that_stopped_before_its_statistics_has_no_report(aac, finished):
    change(finished, statistics={"bootstrap": 99})
    assert aac("run", finished, "--only", "A", "--until", "score").returncode == 0
    assert "has no statistics yet; give aac run" in aac("report", finished).stderr


@pytest.mark.parametrize("options", [{"n_workers": 2}, {"memory": "4GB"}])
def test_options_that_the_cluster_does_not_take_end_a_run_before_anything_starts(
    aac, study, options
):
    change(study, cluster={"options": options})
    for command in ("check", "run"):
        done = aac(command, study)
        assert done.returncode == 2
        assert f"cluster.options.{next(iter(options))}: is " in done.stderr
    assert not (study / "results").exists()


@pytest.mark.parametrize(
    ("inputs", "first", "said"),
    [
        ("1", "weight", "films prepared by recipe 2, got films prepared by recipe 1"),
        (weights.INPUTS, "other", "wanted the parameters of this version, got others"),
    ],
)
def test_refused_weights_end_a_run_once_and_no_report_speaks_of_them(
    aac, study, monkeypatch, inputs, first, said
):
    shutil.copytree(weights.SHIPPED, study / "weights")
    network = torch.nn.ParameterDict({first: torch.zeros(1)})
    with monkeypatch.context() as before:
        before.setattr(weights, "INPUTS", inputs)
        weights.save(network, study / "weights", "baseline", {})
    change(study, weights="weights", cluster={"workers": 1})
    done = aac("run", study)
    assert done.returncode == 2
    assert done.stderr.count("weights: baseline") == 1
    assert said in done.stderr
    assert not list((study / "results").rglob("*.parquet"))
    assert not list((study / "reports").rglob("*.html"))


def test_mistakes_in_the_study_file_are_all_listed_before_anything_runs(aac, study):
    change(study, modells=["x"], severity="mild", annotations="nope.csv")
    done = aac("run", study)
    assert done.returncode == 2
    assert "modells" in done.stderr
    assert "annotations" in done.stderr
    assert not (study / "results").exists()


def test_one_center_first_and_the_rest_later(aac, part_of_demo):
    study = part_of_demo("AC", is_scored=False)
    change(study, cluster={"workers": 1})
    for center in "AC":
        for path in sorted(p for p in (study / "incoming" / center).rglob("IM*"))[2:]:
            path.unlink()
    first = json.loads(aac("run", study, "--only", "A", "--until", "score", "--json").stdout)
    assert set(first["counts"]) == {"A"}
    films = {path: path.stat().st_mtime_ns for path in (study / "deidentified").rglob("*.dcm")}
    assert films
    max((study / "incoming" / "A").rglob("IM*"), key=lambda path: path.name).unlink()
    both = json.loads(aac("run", study, "--until", "analyse", "--json").stdout)
    assert set(both["counts"]) == {"A", "C"}
    assert {"scored", "not_assessable", "unannotated"} & set(both["counts"]["C"])  # went through
    (gone,) = (said for said in both["findings"] if "not delivered any more" in said)
    assert gone.startswith("center A: ")
    assert gone.endswith(": 1")
    left = {path for path in films if path.exists()}
    retired = {path.name for path in (study / "private" / "retired").rglob("*.dcm")}
    assert {path.name for path in films.keys() - left} == retired
    assert len(retired) == 1
    assert all(path.stat().st_mtime_ns == films[path] for path in left)
    assert aac("run", study, "--only", "Z").returncode == 2
    assert aac("run", study, "--until", "never").returncode == 2


def test_inputs_put_back_give_back_their_tables(aac, finished):
    settings = (finished / "study.yaml").read_text(encoding="utf-8")

    def run(*more):
        done = aac("run", finished, "--until", "score", "--json", *more)
        return json.loads(done.stdout)["run_id"]

    def models():
        sql = "select distinct run_id, model from predictions order by all"
        return aac("query", sql, "--study", finished, "--form", "csv").stdout

    first = json.loads(aac("status", finished, "--json").stdout)["run_id"]
    tables = models()
    change(finished, models=["baseline"])
    assert run() != first
    assert models() != tables
    (finished / "study.yaml").write_text(settings, encoding="utf-8")
    assert run("--only", "A") == first
    assert models() != tables  # the other centers' are still the others
    assert run() == first
    assert models() == tables
