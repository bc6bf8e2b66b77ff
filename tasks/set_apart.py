"""Run one function in a process of its own, which may crash or hang without taking ours along."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from tasks.dicom.discretion import mute_libraries

Asked = TypeVar("Asked")
Said = TypeVar("Said")


class SetApart(Generic[Asked, Said]):
    """Asks a function, one question after another, in a process that is replaced when it fails.

    Parameters
    ----------
    function
        Importable by name; does not raise.
    failed
        The answer when the process died or took too long.
    seconds
        How long a question may take.
    """

    def __init__(self, function: Callable[[Asked], Said], failed: Said, seconds: float) -> None:
        self._function, self._failed, self._seconds = function, failed, seconds
        self._process: multiprocessing.process.BaseProcess | None = None
        self._line: Connection | None = None

    def ask(self, question: Asked) -> Said:
        """Return the function's answer, or ``failed``."""
        if multiprocessing.current_process().daemon:
            # Such a process may have no children; the caller has set itself apart already.
            return self._function(question)
        line = self._line or self._start()
        try:
            line.send(question)
            if line.poll(self._seconds):
                answer: Said = line.recv()
                return answer
        except (EOFError, OSError):
            pass
        self.close()
        return self._failed

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._line, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._function, other), daemon=True)
        self._process.start()
        other.close()
        return self._line

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._line is not None:
            self._line.close()
        self._process = self._line = None


def _serve(function: Callable[[Asked], Said], line: Connection) -> None:
    mute_libraries()
    while True:
        try:
            question = line.recv()
        except EOFError:
            return
        line.send(function(question))
