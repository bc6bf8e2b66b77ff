"""How far a center's films have come: counted as they come back, told to whoever listens."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a center's films have come.

    Attributes
    ----------
    films_per_s
        Since the first film came back, without the reused ones.
    seconds_left
        None before there is a rate.
    """

    center: str
    n_done: int
    n_total: int
    n_rejected: int = 0
    n_reused: int = 0
    films_per_s: float = 0.0
    seconds_left: float | None = None


def in_words(progress: Progress) -> str:
    """Say it in one line: films done, rate, time left, films set aside and reused."""
    said = [f"{progress.n_done} of {progress.n_total} films"]
    if progress.films_per_s:
        said.append(f"{progress.films_per_s:.2g} films/s")
    if progress.seconds_left:
        said.append(f"{progress.seconds_left / 60:.1f} min left")
    if progress.n_rejected:
        said.append(f"{progress.n_rejected} set aside")
    if progress.n_reused:
        said.append(f"{progress.n_reused} done before")
    return ", ".join(said)


class Tally:
    """Counts films as they come back and tells whoever listens."""

    def __init__(
        self, center: str, total: int, reused: int, progress: Callable[[Progress], None] | None
    ) -> None:
        self.center, self.total, self.reused, self.tell = center, total, reused, progress
        self.done, self.rejected = 0, 0
        self.started = time.monotonic()
        self._say()

    def add(self, n_done: int, n_rejected: int) -> None:
        """Count films that came back, those that were scored and those that were set aside."""
        self.done += n_done + n_rejected
        self.rejected += n_rejected
        self._say()

    def _say(self) -> None:
        if self.tell is None:
            return
        rate = self.done / max(time.monotonic() - self.started, 1e-9)
        left = self.total - self.reused - self.done
        self.tell(
            Progress(
                center=self.center,
                n_done=self.done + self.reused,
                n_total=self.total,
                n_rejected=self.rejected,
                n_reused=self.reused,
                films_per_s=rate,
                seconds_left=left / rate if rate else None,
            )
        )
