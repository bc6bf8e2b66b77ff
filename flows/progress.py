"""Who is told how far a run has come.

A flow's parameters are stored by Prefect and cannot carry a function, so the listener of this
process stands in a context variable; a scheduled run has none and is silent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Listener = Callable[[str, str, Any], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(event: str, center: str = "", detail: Any = None) -> None:  # noqa: ANN401 - by event
    """Tell the listener, if there is one: ``step``, ``films`` or ``note``."""
    listener = _listener.get()
    if listener is not None:
        listener(event, center, detail)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send what runs inside to a listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
