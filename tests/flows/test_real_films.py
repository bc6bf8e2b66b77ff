"""A study over real files, none of which is a lateral lumbar radiograph of a person."""

import json
import shutil
import sysconfig
import warnings
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


@pytest.fixture(scope="module")
def real_study(command, tmp_path_factory):
    """Real files as they are (R), and films whose headers claim to be what they are not (L)."""
    folder = tmp_path_factory.mktemp("real")
    for center in "RL":
        (folder / "incoming" / center).mkdir(parents=True)
    for number, path in enumerate(real_files()):
        shutil.copy(path, folder / "incoming" / "R" / f"{number:04}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # real films hold invalid values
            film = relabelled(path, number)
            if film is not None and number % 2:
                film.save_as(folder / "incoming" / "L" / f"{number:04}")
    centers = {center: {"dicom": f"incoming/{center}"} for center in "RL"}
    said = {"name": "real", "centers": centers}
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


def test_each_reason_stands_in_the_report(real_study, aac):
    folder, said = real_study
    sql = "select distinct reason from quarantine where center = 'R'"
    done = aac("query", sql, "--study", folder, "--form", "json")
    reasons = {json.loads(line)["reason"] for line in done.stdout.splitlines()}
    assert {"not_a_radiograph", "wrong_body_part", "not_dicom", "truncated"} <= reasons
    page = (folder / said["report"]).read_text(encoding="utf-8")
    for reason in reasons:
        assert reason in page or reason.replace("_", " ") in page.lower()


def test_a_header_that_lies_does_not_make_a_lateral_lumbar_film(real_study, aac):
    folder, said = real_study
    assert set(said["counts"]["L"]) <= {"quarantined", "duplicate"}
    sql = (
        "select count(*) as n from quarantine where center = 'L' and reason = 'not_lateral_lumbar'"
    )
    refused = aac("query", sql, "--study", folder, "--form", "json")
    assert json.loads(refused.stdout)["n"] >= 10
