from itertools import permutations

import pytest
from pydicom.uid import RLELossless

from data_contracts.schemas import conform
from tasks.catalogue import catalogue
from tasks.duplicates import Film, choose_primary, rank_for_primary, resolve, settle_between
from tests.tasks.catalogue_builders import PSEUDONYMS, a_film, as_bytes, uid


def deliver(folder, **films):
    for name, ds in films.items():
        (folder / name).write_bytes(as_bytes(ds))
    found = catalogue(folder, "A", pseudonyms=PSEUDONYMS, cache=None, workers=1)
    return found, found.table.to_pylist()


def image(number):
    return PSEUDONYMS.image_id(uid(number))


def test_a_film_sent_twice_is_one_film(tmp_path):
    found, rows = deliver(tmp_path, a=a_film(1), b=a_film(1), c=a_film(1, PatientComments="again"))
    assert [row["outcome"] for row in rows].count("duplicate") == 2
    assert {row["duplicate_of"] for row in rows} == {None, image(1)}
    assert not found.rejections


def test_one_uid_over_two_films_sets_both_aside(tmp_path):
    found, rows = deliver(tmp_path, a=a_film(1), b=a_film(1, seed=7), c=a_film(1))
    assert [row["outcome"] for row in rows] == ["quarantined"] * 3
    assert {r.reason.value for r in found.rejections} == {"conflicting_duplicate"}
    assert len(found.rejections) == 3


def test_the_same_pixels_under_another_uid_are_one_film_and_answer_to_both_names(tmp_path):
    found, rows = deliver(tmp_path, a=a_film(1, seed=5), b=a_film(2, seed=5), c=a_film(3))
    assert sorted(str(row["outcome"]) for row in rows) == ["None", "None", "duplicate"]
    kept = next(row["duplicate_of"] for row in rows if row["outcome"] == "duplicate")
    assert found.annotation_keys[f"uid:{uid(1)}"] == kept
    assert found.annotation_keys[f"uid:{uid(2)}"] == kept
    assert found.findings == (
        "center A: 1 films were delivered under two patients; one is counted",
    )


def test_equal_samples_are_not_believed_without_looking_at_all_pixels(tmp_path):
    other = a_film(2, seed=1)
    pixels = bytearray(other.PixelData)
    # The last byte of a stretch that no sample covers.
    pixels[len(pixels) // 16 - 1] ^= 1
    other.PixelData = bytes(pixels)
    _, rows = deliver(tmp_path, a=a_film(1), b=other)
    assert [row["outcome"] for row in rows] == [None, None]


def test_a_losslessly_compressed_copy_is_the_same_film(tmp_path):
    packed = a_film(1)
    packed.compress(RLELossless, generate_instance_uid=False)
    _, rows = deliver(tmp_path, a=a_film(1), b=packed)
    assert sorted(str(row["outcome"]) for row in rows) == ["None", "duplicate"]


@pytest.mark.parametrize("damage", ["cut", "stream"])
def test_a_damaged_copy_stands_behind_the_sound_film(tmp_path, damage):
    packed = a_film(1)
    packed.compress(RLELossless, generate_instance_uid=False)
    sound = as_bytes(packed)
    at = len(sound) // 2
    broken = as_bytes(a_film(1))[:-50] if damage == "cut" else sound[:at] + b"\x80" * 9000
    (tmp_path / "a").write_bytes(broken + (b"" if damage == "cut" else sound[at + 9000 :]))
    (tmp_path / "b").write_bytes(sound)
    found, rows = deliver(tmp_path)
    assert found.rejections == []
    assert [(row["outcome"], row["duplicate_of"]) for row in rows] == [
        ("duplicate", image(1)),
        (None, None),
    ]


def test_what_is_set_aside_never_carries_the_id_of_a_film_that_goes_on(tmp_path):
    report = "1.2.840.10008.5.1.4.1.1.88.11"
    nothing = {"Rows": None, "Columns": None, "PixelData": None, "SOPClassUID": report}
    found, rows = deliver(tmp_path, a=a_film(1), b=a_film(1, **nothing))
    assert [(row["outcome"], row["image_id"]) for row in rows] == [
        (None, image(1)),
        ("quarantined", None),
    ]
    assert [rejection.image_id for rejection in found.rejections] == [None]


def test_of_one_exposure_the_presentation_is_kept(tmp_path):
    same = {"StudyInstanceUID": uid(77), "PatientID": "MRN", "AcquisitionTime": "101112.5"}
    raw = a_film(1, PresentationIntentType="FOR PROCESSING", **same)
    shown = a_film(2, PresentationIntentType="FOR PRESENTATION", **same)
    _, rows = deliver(tmp_path, a=raw, b=shown)
    assert [(row["outcome"], row["duplicate_of"]) for row in rows] == [
        ("duplicate", image(2)),
        (None, None),
    ]


@pytest.mark.parametrize("difference", ["AcquisitionTime", "ViewPosition", "PatientID"])
def test_variants_of_two_exposures_are_two_films(tmp_path, difference):
    same = {"StudyInstanceUID": uid(77), "PatientID": "MRN", "AcquisitionTime": "101112.5"}
    raw = a_film(1, PresentationIntentType="FOR PROCESSING", **same)
    shown = a_film(2, PresentationIntentType="FOR PRESENTATION", **same)
    setattr(
        raw, difference, {"AcquisitionTime": "101212", "ViewPosition": "AP"}.get(difference, "X")
    )
    _, rows = deliver(tmp_path, a=raw, b=shown)
    assert [row["outcome"] for row in rows] == [None, None]


class Believing:
    """Takes samples for the whole."""

    def same(self, _one, _other):
        return True

    def damaged(self, _index):
        return False


def a_row(index, image_id, **changes):
    said = {
        "patient_id": "P",
        "source_digest": str(index),
        "signature": str(index),
        "exposure": "",
        "taken": "",
        "intent": None,
        "view": None,
        "has_spacing": True,
        "pixels": 1,
    }
    return Film(index=index, image_id=image_id, **{**said, **changes})


def test_what_is_kept_does_not_depend_on_the_order_of_files():
    films = [
        a_row(0, "I-c", signature="s", taken="2020"),
        a_row(1, "I-b", signature="s", taken="2019"),
        a_row(2, "I-a", signature="s", has_spacing=False),
        a_row(3, "I-d"),
    ]
    kept = {
        frozenset(resolve(order, Believing()).duplicate_of.values())
        for order in permutations(films)
    }
    assert kept == {frozenset({"I-b"})}


def test_a_chain_of_duplicates_ends_at_the_film_that_is_kept():
    event = {"exposure": "event:1"}
    films = [
        a_row(0, "I-a", intent="FOR PROCESSING", signature="s", **event),
        a_row(1, "I-b", intent="FOR PROCESSING", signature="s", **event),
        a_row(2, "I-b", intent="FOR PROCESSING", signature="s", **event),
        a_row(3, "I-c", intent="FOR PRESENTATION", **event),
    ]
    assert resolve(films, Believing()).duplicate_of == {0: "I-c", 1: "I-c", 2: "I-c"}


def test_the_earliest_film_stands_for_its_patient_until_it_is_set_aside(tmp_path):
    found, rows = deliver(
        tmp_path,
        a=a_film(1, PatientID="MRN", AcquisitionDate="20210101"),
        b=a_film(2, PatientID="mrn ", AcquisitionDate="20190101"),
        c=a_film(3),
    )
    assert [row["is_primary"] for row in rows] == [False, True, True]
    rows[1]["outcome"] = "quarantined"
    table = found.table.from_pylist(rows, schema=found.table.schema)
    again = choose_primary(table, found.ranks).column("is_primary").to_pylist()
    assert again == [True, False, True]


def test_an_undated_film_gives_way_to_a_dated_one():
    ranks = rank_for_primary([a_row(0, "I-a"), a_row(1, "I-b", taken="2020")])
    assert ranks["I-b"] < ranks["I-a"]


def test_a_film_of_two_centers_counts_for_the_first():
    def of(center, *image_ids):
        return conform("catalogue", [{"center": center, "image_id": i} for i in image_ids])

    tables, findings = settle_between({"A": of("A", "x", "y"), "C": of("C", "y", "z")})
    assert tables["A"].column("outcome").to_pylist() == [None, None]
    assert tables["C"].column("outcome").to_pylist() == ["duplicate", None]
    assert findings == ["center C: 1 films were delivered by center A too; they count there"]


def test_a_film_of_a_center_that_is_not_here_tonight_goes_on_counting_there():
    def of(center, *image_ids, outcome=None):
        rows = [
            {"center": center, "image_id": x, "source_digest": "1" * 64, "outcome": outcome}
            for x in image_ids
        ]
        return conform("catalogue", rows)

    standing = {"A": of("A", "x", outcome="scored"), "D": of("D", "y", outcome="duplicate")}
    tables, findings = settle_between({"C": of("C", "x", "y")}, standing)
    assert tables["C"].column("outcome").to_pylist() == ["duplicate", None]
    assert findings == ["center C: 1 films were delivered by center A too; they count there"]


def test_a_film_of_two_centers_in_other_files_is_told():
    def of(center, digest):
        row = {"center": center, "image_id": "x", "source_digest": digest}
        return conform("catalogue", [row])

    _, (finding,) = settle_between({"A": of("A", "1" * 64), "C": of("C", "2" * 64)})
    assert finding.endswith("; 1 are other files, see that they are the same images")
