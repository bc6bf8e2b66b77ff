"""How far a run has come, where people look."""

import httpx
import pytest

from flows.progress import listening
from tasks.film_progress import Progress, in_words


def progress_artifacts(api):
    body = {"artifacts": {"type": {"any_": ["progress"]}}}
    answer = httpx.post(f"{api}/artifacts/latest/filter", json=body)
    return {one["key"]: one for one in answer.json()}


def test_prefect_and_the_listener_are_told_of_each_center(prefect_api):
    from prefect import flow

    from flows.artifacts import Films

    @flow
    def scoring():
        films = Films("B 1")
        films(Progress("B 1", 0, 40))
        films(Progress("B 1", 20, 40, films_per_s=2.0, seconds_left=10))
        films(Progress("B 1", 40, 40, n_rejected=3, films_per_s=2.0, seconds_left=0))

    told = []
    with listening(lambda event, center, detail: told.append((event, center, detail.n_done))):
        scoring()
    assert told == [("films", "B 1", n) for n in (0, 20, 40)]
    shown = progress_artifacts(prefect_api)["films-b-1"]
    assert shown["data"] == 100
    assert shown["description"] == "Center B 1: 40 of 40 films, 2 films/s, 3 set aside"


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (Progress("A", 0, 9), "0 of 9 films"),
        (
            Progress("A", 6, 9, 1, 2, 0.5, 90.0),
            "6 of 9 films, 0.5 films/s, 1.5 min left, 1 set aside, 2 done before",
        ),
    ],
)
def test_a_line_says_what_is_known(progress, said):
    assert in_words(progress) == said
