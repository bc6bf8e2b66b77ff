"""The surroundings of a run: a quiet Prefect on loopback, no telemetry, no network.

Prefect reads its settings from the environment when it is first imported, so ``quiet`` must be
called before that.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from data_contracts.errors import StudyError
from flows import prefect_database

_AGAIN_S = 0.05
_QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # DO_NOT_TRACK alone does not stop the server
    "DO_NOT_TRACK": "1",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    # A step's fault is a finding of the run, in one line; Prefect's traceback adds nothing.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    # Values of parameters and results stay out of Prefect's database and storage.
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    # No step has a use for the blocks that a new database would be filled with.
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    # Dask tells of each worker that comes and goes; what matters comes back as an error.
    "DASK_LOGGING__DISTRIBUTED": "error",
}


def quiet(home: Path) -> None:
    """Set up Prefect for this process; what the user has set already stands.

    Parameters
    ----------
    home
        Folder of the embedded server's database.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if "PREFECT_HOME" not in os.environ:
        home.mkdir(parents=True, exist_ok=True)  # the server does not make it and waits in vain
        prefect_database.lay(home)
        os.environ["PREFECT_HOME"] = str(home)


@contextmanager
def server(*, pages: bool = False, wait_s: float = 180.0) -> Iterator[Callable[[], str]]:
    """Start a Prefect server on loopback, or use the one that is configured.

    It comes up in a process of its own, seconds long on a new database, while this one goes on:
    what needs it calls what is yielded first.

    Parameters
    ----------
    pages
        Whether it shows Prefect's pages.
    wait_s
        Longest time it may take to come up.

    Yields
    ------
    What waits until the server answers and returns the address of its API; raises ``StudyError``
    when the server ended or did not answer in time, or when none answers where one is configured.

    Raises
    ------
    StudyError
        The server that was started failed later on, as on a full disk.
    """
    configured = os.environ.get("PREFECT_API_URL")
    if configured:
        yield lambda: _answering(configured)
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    os.environ["PREFECT_API_URL"] = url
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
        [sys.executable, "-m", "flows.prefect_server", str(port)],
        # On a port of its own the UI asks port 4200 unless it is told.
        env=os.environ
        | {"PREFECT_SERVER_UI_ENABLED": str(pages).lower(), "PREFECT_UI_API_URL": url},
        stdin=subprocess.PIPE,  # its other end closes with this process, however that ends
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with leaving_on_sigterm():
            yield lambda: _wait_for(url, process, wait_s)
    except Exception as fault:
        if not type(fault).__module__.startswith("prefect."):
            raise
        raise StudyError(
            f"Prefect's server failed ({type(fault).__name__}); give the folder of its database, "
            "runs/prefect, room and write access, and the same command again: what is done is kept"
        ) from fault
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def leaving_on_sigterm() -> Iterator[None]:
    """Turn SIGTERM into ``SystemExit``: a scheduler's end leaves no server and no worker behind.

    Where Python drops what is raised (in a callback of the garbage collector or of a weak
    reference, in a finalizer) the signal comes again a moment later.
    """
    pending: list[threading.Timer] = []

    def drop(dropped: "sys.UnraisableHookArgs") -> None:
        if not isinstance(dropped.exc_value, _Ended):
            tell(dropped)
            return
        again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), signal.SIGTERM))
        again.daemon = True
        again.start()
        pending.append(again)

    before, tell = signal.signal(signal.SIGTERM, _leave), sys.unraisablehook
    sys.unraisablehook = drop
    try:
        yield
    finally:
        for again in pending:
            again.cancel()
        signal.signal(signal.SIGTERM, before)
        sys.unraisablehook = tell


class _Ended(SystemExit):
    """The run was ended by a signal."""


def _leave(number: int, _frame: FrameType | None) -> None:
    raise _Ended(128 + number)


def _answering(configured: str) -> str:
    """Ask the server of ``PREFECT_API_URL`` as a flow will: with its certificates and its key."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - reads its settings
    from prefect.exceptions import PrefectHTTPStatusError  # noqa: PLC0415 - likewise

    fault: Exception | None
    try:
        with get_client(sync_client=True) as client:
            fault = client.api_healthcheck()
    except (PrefectHTTPStatusError, RuntimeError, ValueError) as said:
        fault = said
    if fault is not None:
        raise StudyError(
            f"PREFECT_API_URL: no Prefect server answers there ({type(fault).__name__}); start "
            "it, mend the address (it ends in /api), or unset it: aac starts a server of its own"
        )
    return configured


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]", wait_s: float) -> str:
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StudyError(
                f"Prefect's server ended at once, exit code {process.returncode}; see why with: "
                "prefect server start"
            )
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310 - our own loopback address
                return url
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise StudyError(f"Prefect's server did not answer within {wait_s:.0f} s; run again")
