"""Which device the networks run on."""

import torch


def resolve_device(asked: str) -> str:
    """Turn ``auto`` into ``cuda`` where this machine has a usable GPU, else ``cpu``."""
    if asked != "auto":
        return asked
    return "cuda" if torch.cuda.is_available() else "cpu"


def has_device(device: str) -> bool:
    """Say whether this process can use a device."""
    return not device.startswith("cuda") or torch.cuda.is_available()
