"""A study over real files, none of which is a lateral lumbar radiograph of a person."""

import json
import shutil
import sysconfig
from pathlib import Path

import pytest
import yaml

SHARED = Path(__file__).parents[3] / "shared" / "dicom"


def real_files():
    import pydicom

    site = Path(sysconfig.get_paths()["purelib"])
    roots = [Path(pydicom.__file__).parent / "data", SHARED]
    roots += [
        path for name in ("pydicom_data*", "data_store", "deid_data*") for path in site.glob(name)
    ]
    return sorted(
        path
        for root in roots
        if root.is_dir()
        for path in root.rglob("*")
        if path.is_file() and path.suffix.lower() in {".dcm", ""} and path.stat().st_size < 30e6
    )


@pytest.fixture(scope="module")
def real_study(command, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    incoming = folder / "incoming" / "R"
    incoming.mkdir(parents=True)
    for number, path in enumerate(real_files()):
        shutil.copy(path, incoming / f"{number:04}")
    said = {"name": "real", "centers": {"R": {"dicom": "incoming/R"}}}
    (folder / "study.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    done = command("run", folder, "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_the_registry_packages_brought_real_files():
    assert len(real_files()) > 100


def test_every_real_file_ends_in_a_row_and_none_is_scored(real_study):
    folder, said = real_study
    counts = said["counts"]["R"]
    assert sum(counts.values()) == len(list((folder / "incoming" / "R").iterdir()))
    assert "scored" not in counts
    assert "not_assessable" not in counts


def test_each_reason_stands_in_the_report(real_study, command):
    folder, said = real_study
    sql = "select distinct reason from quarantine"
    done = command("query", sql, "--study", folder, "--form", "json")
    reasons = {json.loads(line)["reason"] for line in done.stdout.splitlines()}
    assert {"not_a_radiograph", "wrong_body_part", "not_dicom", "truncated"} <= reasons
    page = (folder / said["report"]).read_text(encoding="utf-8")
    for reason in reasons:
        assert reason in page or reason.replace("_", " ") in page.lower()


def relabelled(path, number):
    """The film with a header that claims a lateral lumbar radiograph; None for what has no film."""
    import pydicom
    from pydicom.uid import DigitalXRayImageStorageForPresentation, generate_uid

    try:
        film = pydicom.dcmread(path)
        if min(film.Rows, film.Columns) < 200 or film.SamplesPerPixel != 1:
            return None
        if int(film.get("NumberOfFrames") or 1) > 1 or "PixelData" not in film:
            return None
    except Exception:  # noqa: BLE001 - broken files are the other test's
        return None
    film.SOPClassUID = film.file_meta.MediaStorageSOPClassUID = (
        DigitalXRayImageStorageForPresentation
    )
    film.SOPInstanceUID = film.file_meta.MediaStorageSOPInstanceUID = generate_uid(
        entropy_srcs=[str(number)]
    )
    film.Modality, film.BodyPartExamined, film.ViewPosition = "DX", "LSPINE", "LL"
    film.PixelSpacing = [0.2, 0.2]
    return film


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # real films hold invalid values
def test_a_header_that_lies_does_not_make_a_lateral_lumbar_film(command, tmp_path):
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    for number, path in enumerate(real_files()):
        film = relabelled(path, number)
        if film is not None and number % 2:
            film.save_as(incoming / f"{number:04}")
    said = {"name": "lies", "centers": {"R": {"dicom": "incoming"}}}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    done = command("run", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["counts"]["R"]
    assert set(counts) <= {"quarantined", "duplicate"}
    sql = "select count(*) as n from quarantine where reason = 'not_lateral_lumbar'"
    refused = command("query", sql, "--study", tmp_path, "--form", "json")
    assert json.loads(refused.stdout)["n"] >= 10
