"""Clean films that no film of a run stands for leave the tree."""

from tasks.clean_tree import retire, retire_centers


def a_tree(root, *films):
    for film in films:
        path = root / film
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(film.encode())
    return root


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_no_film_stands_for_goes_to_the_private_folder_and_the_rest_stays(tmp_path):
    tree = a_tree(
        tmp_path / "deidentified",
        "center=A/P-1/I-1.dcm",
        "center=A/P-1/I-2.dcm",
        "center=A/P-2/I-3.dcm",
        "center=B/P-9/I-9.dcm",
    )
    aside = tmp_path / "private" / "retired"
    assert retire(tree, "A", {tree / "center=A/P-1/I-1.dcm"}, aside) == 2
    assert names(tree) == {"center=A/P-1/I-1.dcm", "center=B/P-9/I-9.dcm"}
    assert names(aside) == {"center=A/P-1/I-2.dcm", "center=A/P-2/I-3.dcm"}
    assert not (tree / "center=A/P-2").exists()


def test_films_of_a_center_that_the_study_no_longer_names_leave_the_tree(tmp_path):
    tree = a_tree(
        tmp_path / "deidentified", "center=A/P-1/I-1.dcm", "center=D/P-2/I-2.dcm", "center=D/x"
    )
    aside = tmp_path / "private" / "retired"
    assert retire_centers(tree, ["A", "Ulm"], aside) == 1
    assert [path.name for path in tree.iterdir()] == ["center=A"]
    assert names(aside) == {"center=D/P-2/I-2.dcm"}
    assert retire_centers(tree, ["A"], aside) == 0


def test_a_film_retired_twice_is_the_later_one(tmp_path):
    aside = tmp_path / "private" / "retired"
    for content in (b"first", b"second"):
        tree = a_tree(tmp_path / "deidentified", "center=A/P-1/I-1.dcm")
        (tree / "center=A/P-1/I-1.dcm").write_bytes(content)
        assert retire(tree, "A", (), aside) == 1
    assert (aside / "center=A/P-1/I-1.dcm").read_bytes() == b"second"


def test_what_a_killed_run_left_half_written_goes_for_good(tmp_path):
    tree = a_tree(tmp_path / "deidentified", "center=A/P-1/I-1.tmp")
    assert retire(tree, "A", (), tmp_path / "retired") == 0
    assert names(tmp_path) == set()


def test_a_center_without_a_clean_film_is_none(tmp_path):
    assert retire(tmp_path / "deidentified", "A", (), tmp_path / "retired") == 0
