"""Which device the networks run on, and how many cores work for it."""

import os

import torch


def resolve_device(asked: str) -> str:
    """Turn ``auto`` into ``cuda`` where this machine has a usable GPU, else ``cpu``."""
    if asked != "auto":
        return asked
    return "cuda" if torch.cuda.is_available() else "cpu"


def has_device(device: str) -> bool:
    """Say whether this process can use a device."""
    return not device.startswith("cuda") or torch.cuda.is_available()


def cores_of_a_gpu() -> int:
    """Count the cores of this process that each GPU of this machine has to itself."""
    return max(1, len(os.sched_getaffinity(0)) // max(1, torch.cuda.device_count()))


def one_thread() -> None:
    """Let networks compute in the thread that asks, however the process was started."""
    torch.set_num_threads(1)
