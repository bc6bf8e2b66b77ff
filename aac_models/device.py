"""Which device the networks run on, and how many cores work for it.

torch is imported where it is asked: the process that leads a study runs no network.
"""

import ctypes
import os
from pathlib import Path
from typing import Final

_DRIVERS: Final = ("libcuda.so.1", "nvcuda.dll")
_AMD: Final = Path("/dev/kfd")


def resolve_device(asked: str) -> str:
    """Turn ``auto`` into ``cuda`` where this machine has a usable GPU, else ``cpu``."""
    if asked != "auto":
        return asked
    return "cuda" if _has_gpu() else "cpu"


def has_device(device: str) -> bool:
    """Say whether this process can use a device."""
    return not device.startswith("cuda") or _has_gpu()


def cores_of_a_gpu() -> int:
    """Count the cores of this process that each GPU of this machine has to itself."""
    import torch  # noqa: PLC0415 - takes a second

    return max(1, len(os.sched_getaffinity(0)) // max(1, torch.cuda.device_count()))


def one_thread() -> None:
    """Let networks compute in the thread that asks, however the process was started."""
    import torch  # noqa: PLC0415 - takes a second

    torch.set_num_threads(1)


def _has_gpu() -> bool:
    """Ask torch, unless this machine lacks the driver that torch would ask."""
    if not (_AMD.exists() or any(map(_is_installed, _DRIVERS))):
        return False
    import torch  # noqa: PLC0415 - takes a second

    return bool(torch.cuda.is_available())


def _is_installed(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
