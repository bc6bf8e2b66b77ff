"""Each step of ``tasks`` as a Prefect task: names, retries and discretion live here.

A fault of a step reaches Prefect's database and the terminal as the class of the error and the
line that raised it; its message stays out, since it may hold a path or a value of a header.
"""

import functools
import os
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from data_contracts.errors import StudyError
from flows.discretion import in_short

P = ParamSpec("P")
R = TypeVar("R")


def step(
    function: Callable[P, R], *, name: str, center: str = "", retries: int = 0
) -> Callable[P, R]:
    """Wrap a plain function as a Prefect task run of its own.

    Parameters
    ----------
    function
        A step of ``tasks``.
    name
        What the step is called in Prefect's UI.
    center
        The center it runs for, "" for the whole study.
    retries
        How often to try again; for steps that touch a cluster or a network share.
    """
    return task(
        name=name,
        task_run_name=f"{name} {center}".strip(),
        retries=retries,
        retry_delay_seconds=5,
        retry_condition_fn=_worth_trying_again,
        cache_policy=NO_CACHE,  # results are resumed by content, in tasks
        persist_result=False,
    )(discreet(function, name))


def discreet(function: Callable[P, R], name: str) -> Callable[P, R]:
    """Let a study's own errors through and reduce every other to class and line."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except StudyError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, its message stays out
            if os.environ.get("AAC_DEBUG"):
                traceback.print_exc()
            raise StudyError(f"step {name} ended with {in_short(fault)}") from None

    return run


def _worth_trying_again(_task: object, _run: object, state: State[Any]) -> bool:
    """Mistakes of a study file or a contract stay mistakes."""
    message = state.message or ""
    return "ClusterUnready" in message or "ended with OSError" in message
