from data_contracts.schemas import conform
from tasks.set_aside import unknown_releases


def test_a_release_that_names_no_film_is_said_and_any_other_is_not():
    films = [
        conform("catalogue", [{"center": c, "image_id": f"I-{c}", "source_digest": c}])
        for c in "AB"
    ]
    (said,) = unknown_releases(["I-A", "I-zzz", "I-B"], films)
    assert said.startswith("release: I-zzz is no film that was delivered")
