import csv
import io
import json
import re
import shutil

import pytest

from data_contracts.schemas import ENDINGS

MODELS = {"lvlcrnet", "lvlnet", "baseline"}


def test_the_demo_ends_with_a_report_per_center_and_pooled(demo, demo_summary):
    folder = (demo / demo_summary["report"]).parent
    names = {path.name for path in folder.iterdir()}
    for page in ("index", "center-A", "center-B", "center-C", "center-D"):
        assert f"{page}.html" in names
    assert "report.pdf" in names
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")


def test_every_delivered_file_has_one_outcome(demo, demo_summary):
    for center, counts in demo_summary["counts"].items():
        delivered = sum(1 for path in (demo / "incoming" / center).rglob("*") if path.is_file())
        assert sum(counts.values()) == delivered
        assert set(counts) <= set(ENDINGS)


def test_the_planted_faults_are_named(demo_summary):
    assert demo_summary["state"] == "complete with quarantine"
    text = "\n".join(demo_summary["findings"])
    assert "names no film of the catalogue" in text
    assert "not annotated" in text


def test_three_models_stand_side_by_side(demo_summary):
    found = {(row["center"], row["model"]) for row in demo_summary["headline"]}
    assert {(center, model) for center in "ABCD" for model in MODELS} <= found


def test_the_tables_answer_sql(aac, demo):
    sql = "select model, count(*) as n from predictions group by model order by model"
    done = aac("query", sql, "--study", demo, "--form", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["model"] for row in rows} == MODELS
    assert len({row["n"] for row in rows}) == 1


def test_running_again_does_nothing_twice(aac, demo, demo_summary):
    before = {p: p.stat().st_mtime_ns for p in (demo / "results").rglob("*.parquet")}
    done = aac("run", demo, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == demo_summary
    assert {p: p.stat().st_mtime_ns for p in (demo / "results").rglob("*.parquet")} == before


def test_the_contracts_have_a_page_of_their_own_that_says_where_the_run_stands(demo, demo_summary):
    page = (demo / demo_summary["report"]).with_name("contracts.html").read_text(encoding="utf-8")
    for center, counts in demo_summary["counts"].items():
        assert f"Center {center}" in page
        for ending, n in counts.items():
            assert f"{n} {ending.replace('_', ' ')}" in page
    assert "Over time" in page
    assert demo_summary["drift"] == []


def test_annotation_contracts_and_accounts_are_in_the_published_table(aac, demo):
    sql = "select distinct contract from contracts order by all"
    said = aac("query", sql, "--study", demo, "--form", "csv").stdout.split()
    wanted = {"accounts", "annotation", "header", "image", "prediction", "prediction_grade"}
    assert wanted <= set(said)


def test_strict_turns_quarantine_into_exit_code_3(aac, demo):
    assert aac("run", demo, "--strict").returncode == 3


def test_the_report_can_be_rendered_again_to_the_same_bytes(aac, demo, demo_summary):
    page = demo / demo_summary["report"]
    pages = sorted(page.parent.glob("*.*"))
    before = {path.name: path.read_bytes() for path in pages if path.is_file()}
    done = aac("report", demo)
    assert done.returncode == 0, done.stderr
    after = {path.name: path.read_bytes() for path in pages if path.is_file()}
    assert [name for name in before if before[name] != after[name]] == []


@pytest.mark.parametrize("form", ["markdown", "html", "latex"])
def test_the_methods_text_can_be_had_alone(aac, demo, form):
    done = aac("report", demo, "--only", "methods", "--form", form)
    assert done.returncode == 0, done.stderr
    assert "Wilcoxon" in done.stdout


def test_status_shows_the_newest_run(aac, demo, demo_summary):
    done = aac("status", demo, "--json")
    assert json.loads(done.stdout) == demo_summary


def test_check_says_what_a_run_would_do(aac, demo):
    done = aac("check", demo, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert set(found["centers"]) == set("ABCD")
    assert all(counts["to_score"] > 0 for counts in found["centers"].values())


def test_an_independent_look_finds_no_identifier(aac, demo):
    done = aac("verify", demo)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_planted_identifier_is_found(aac, demo, tmp_path):
    from tasks.deid.crosswalk import Crosswalk, StudyKey

    study = tmp_path / "study"  # the report and the other films are searched in the test before
    for name in ("private", "deidentified/center=A"):
        shutil.copytree(demo / name, study / name)
    for name in ("study.yaml", "annotations.csv"):
        shutil.copy(demo / name, study)
    private = study / "private"
    entries = Crosswalk(private, StudyKey.load_or_create(private)).entries()
    name = next(i.value for entry in entries for i in entry.identifiers if i.kind == "name")
    (study / "reports").mkdir()
    (study / "reports" / "leak.txt").write_text(f"seen: {name}", encoding="utf-8")
    done = aac("verify", study)
    assert done.returncode == 1
    assert name not in done.stdout + done.stderr
    (study / "reports" / "leak.txt").unlink()
    assert aac("verify", study).returncode == 0


def test_no_page_loads_anything_from_elsewhere(demo, demo_summary):
    for page in (demo / demo_summary["report"]).parent.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r'(?:src|href)="https?://[^"]+\.(?:js|css|png|svg|woff2?)"', text)


def test_the_report_says_that_the_films_are_synthetic(demo, demo_summary):
    text = (demo / demo_summary["report"]).read_text(encoding="utf-8").lower()
    assert "synthetic" in text
    assert "not for clinical use" in text


def test_the_private_folder_is_closed_to_others(demo):
    assert (demo / "private").stat().st_mode & 0o077 == 0
