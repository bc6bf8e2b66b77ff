import json

import pytest
import yaml


@pytest.fixture
def study(part_of_demo):
    """Two centers whose films were all scored before."""
    return part_of_demo("AC", is_scored=True)


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
    assert set(said["counts"]) == {"A", "C"}
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
    both = json.loads(aac("run", study, "--json").stdout)
    assert set(both["counts"]) == {"A", "C"}
    assert {"scored", "not_assessable", "unannotated"} & set(both["counts"]["C"])  # went through
    (gone,) = (said for said in both["findings"] if "not delivered any more" in said)
    assert gone.startswith("center A: ")
    assert gone.endswith(": 1")
    assert all(path.stat().st_mtime_ns == at for path, at in films.items())
    assert aac("run", study, "--only", "Z").returncode == 2
