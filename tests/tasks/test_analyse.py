from data_contracts.schemas import conform
from data_contracts.study_file import StudyFile
from tasks import analyse, publish


def test_annotations_that_the_study_file_no_longer_names_are_not_compared(tmp_path):
    results, images = tmp_path / "results", [f"I-{i}" for i in range(6)]
    person = {"center": "A", "patient_id": "P", "model": "lvlcrnet", "status": "scored"}
    scored = [person | {"image_id": image, "total": 1.0 * i} for i, image in enumerate(images)]
    read = [
        {"center": "A", "image_id": image, "reader": "consensus", "total": 1.0 * i}
        for i, image in enumerate(images)
    ]
    for name, rows in (("predictions", scored), ("annotations", read)):
        publish.publish(name, conform(name, rows), results=results, center="A", run_id="r-1")
    said = {"name": "t", "centers": {"A": {"dicom": "x"}}, "statistics": {"bootstrap": 99}}
    named = StudyFile.model_validate(said | {"annotations": "annotations.csv"})
    assert analyse.analyse(results, named)["agreement"].num_rows
    found = analyse.analyse(results, StudyFile.model_validate(said))
    assert {name: table.num_rows for name, table in found.items()} == {
        "agreement": 0,
        "confusion": 0,
    }
