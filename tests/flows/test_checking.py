import pytest
import yaml

from flows.checking import check_study


@pytest.fixture
def problems(tmp_path):
    """Check a study of one stray file and say what must be mended."""

    def of(annotations, **keys):
        (tmp_path / "incoming").mkdir()
        (tmp_path / "incoming" / "README.txt").write_text("no film", encoding="utf-8")
        (tmp_path / "annotations.csv").write_text(annotations, encoding="utf-8")
        said = {
            "name": "small",
            "annotations": "annotations.csv",
            "centers": {"A": {"dicom": "incoming"}},
        }
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(said | keys), encoding="utf-8")
        return check_study(tmp_path / "study.yaml")["problems"]

    return of


def test_annotations_that_leave_nothing_to_compare_with_are_to_be_mended(problems):
    found = problems("sop_instance_uid,rater,total\n1.2,r1,3\n")
    assert found == ["annotations: no column reader"]


def test_an_empty_file_of_annotations_is_to_be_mended(problems):
    assert problems("sop_instance_uid,reader,total\n") == ["annotations: the file holds no reading"]


def test_weights_that_cannot_be_loaded_are_to_be_mended(problems, tmp_path):
    (tmp_path / "weights").mkdir()
    (found,) = [line for line in problems("", weights="weights") if line.startswith("weights")]
    assert "localizer.safetensors: wanted a weight file, got no file" in found
