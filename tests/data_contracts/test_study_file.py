import pytest
import yaml

from data_contracts import study_file
from data_contracts.errors import StudyFileError


def written(folder, **keys):
    (folder / "incoming").mkdir(exist_ok=True)
    study = {"name": "test", "centers": {"A": {"role": "internal", "dicom": "incoming"}}} | keys
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    return path


def problems_of(path):
    with pytest.raises(StudyFileError) as caught:
        study_file.load(path)
    return str(caught.value).splitlines()


def test_a_small_study_file_loads_with_absolute_paths(tmp_path):
    study = study_file.load(written(tmp_path))
    assert study.centers["A"].dicom == tmp_path / "incoming"
    assert study.models == ("lvlcrnet", "lvlnet", "baseline")


def test_every_mistake_is_listed_at_once_with_its_key(tmp_path):
    path = written(
        tmp_path,
        centers={"A": {"role": "interna", "dicom": "incoming"}, "B": {"dicm": "x"}},
        annotations="nope.csv",
        modells=["lvlcrnet"],
        cluster={"workers": -1},
    )
    lines = problems_of(path)
    for expected in (
        "centers.A.role: should be 'internal' or 'external'",
        "centers.B.dicom: is required",
        "centers.B.dicm: is not a key of the study file (did you mean dicom?)",
        "modells: is not a key of the study file (did you mean models?)",
        "annotations: not found",
    ):
        assert any(line.startswith(expected) for line in lines), (expected, lines)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"severity": "mild"}, "severity: is no preset"),
        ({"cluster": {"kind": "address"}}, "cluster.address: is required"),
        *(
            ({"cluster": {"kind": "address", "address": said}}, "cluster.address: is no address")
            for said in ("http://host:8786", "tcp://127.0.0.1", "host", "tcp://host:87860")
        ),
        ({"schedule": "nightly"}, "schedule: is no cron expression"),
        ({"models": ["lvlnet", "lvlnet"]}, "models: names a model twice"),
        ({"models": []}, "models: names none"),
        ({"models": "lvlnet"}, "models: should be a list (write [one, two])"),
        ({"name": 2024}, "name: should be a text (put it in quotation marks)"),
        ({"annotations": ["a.csv"]}, "annotations: should be a path"),
        *(
            ({"centers": {"A": {"dicom": said}}}, "centers.A.dicom: holds what the study writes")
            for said in (".", "..", "deidentified", "private/retired")
        ),
        *(
            (
                {"centers": {"A": {"dicom": one}, "B": {"dicom": other}}},
                "centers.B.dicom: holds the folder of center A, or lies in it",
            )
            for one, other in (("incoming", "incoming/B"), ("incoming/B", "incoming"))
        ),
        ({"centers": {"all": {"dicom": "incoming"}}}, "centers.all: is a reserved name"),
        (
            {"centers": {"A": {"dicom": "incoming", "mostly": {"header.patient_sexx": 0.5}}}},
            "centers.A.mostly.header.patient_sexx: is no warning of a contract (did you mean",
        ),
    ],
)
def test_keys_that_contradict_each_other_are_named(tmp_path, keys, expected):
    assert problems_of(written(tmp_path, **keys))[0].startswith(expected)


def test_a_key_that_stands_twice_is_named_and_one_that_is_merged_in_is_not(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("name: t\ncenters:\n  A: {dicom: a}\n  B: {dicom: b}\n  A: {dicom: c}\n")
    (line,) = problems_of(path)
    assert line.startswith("study.yaml: names a key at line 5 that is there before")
    path.write_text("name: t\ncenters:\n  A: &a {dicom: a, drift: 1}\n  B: {<<: *a, dicom: b}\n")
    assert study_file.load(path).centers["B"].drift == 1


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "\x00"])
def test_what_is_no_study_file_is_one_clear_line(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    assert len(problems_of(path)) == 1


def test_a_missing_center_is_a_finding_and_not_a_mistake(tmp_path):
    study = study_file.load(written(tmp_path, centers={"B": {"dicom": "not-mounted"}}))
    assert [problem.key for problem in study_file.missing_centers(study)] == ["centers.B.dicom"]


def test_the_digest_follows_the_content_and_not_the_place(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = study_file.load(written(tmp_path / "one"))
    two = study_file.load(written(tmp_path / "two", schedule="0 2 * * *"))
    other = study_file.load(written(tmp_path / "two", statistics={"alpha": 0.01}))
    assert one.digest() == two.digest() != other.digest()


def test_what_a_study_puts_up_with_from_a_center_counts_and_where_its_films_lie_does_not(tmp_path):
    def digest(**said):
        (tmp_path / said.get("dicom", "incoming")).mkdir(exist_ok=True)
        path = written(tmp_path, centers={"A": {"dicom": "incoming"} | said})
        return study_file.load(path).digest()

    assert digest() == digest(dicom="elsewhere")
    assert digest() == digest(mostly={}, drift=0.25)
    assert digest() != digest(mostly={"header.patient_sex": 0.5})
    assert digest() != digest(most_set_aside=0.5)


@pytest.mark.parametrize(
    "said", ["tcp://host:8786", "tls://10.0.0.5:8786", "host:1", "tcp://[::1]:9"]
)
def test_an_address_of_a_scheduler_is_taken(tmp_path, said):
    study = study_file.load(written(tmp_path, cluster={"kind": "address", "address": said}))
    assert study.cluster.address == said
