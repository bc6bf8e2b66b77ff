"""Weights on disk: safetensors files with their settings inside, checked by digest on loading."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safetensors import SafetensorError, safe_open

if TYPE_CHECKING:  # the process that leads a study asks for digests alone
    from torch import Tensor, nn

SHIPPED: Final = Path(__file__).with_name("weights")
_DIGESTS: Final = "digests.json"
_SETTINGS: Final = "settings"
# How films are prepared for the networks, counted: weights that learned otherwise are refused.
INPUTS: Final = "2"
_INPUTS: Final = "inputs"


class WeightsMismatch(ValueError):  # noqa: N818 - named after what was found
    """Raised when a weight file is missing, altered or made for another network."""

    def __init__(self, file: str, wanted: str, got: str) -> None:
        super().__init__(file, wanted, got)
        self.file, self.wanted, self.got = file, wanted, got

    def __str__(self) -> str:
        """One line with the remedy."""
        return (
            f"{self.file}: wanted {self.wanted}, got {self.got}"
            " (restore the folder from the release, or train again)"
        )


@dataclass(frozen=True, slots=True, eq=False)
class WeightFile:
    """One file, read and checked.

    Attributes
    ----------
    tensors
        Parameters by name.
    settings
        What training stored beside them: temperature, interval widths, versions.
    digest
        SHA-256 of the file, hexadecimal.
    """

    tensors: "dict[str, Tensor]"
    settings: dict[str, Any]
    digest: str

    def into(self, network: "nn.Module", name: str) -> "nn.Module":
        """Fill a network and set it to evaluation.

        Raises
        ------
        WeightsMismatch
            Names or shapes differ from the network's.
        """
        try:
            network.load_state_dict(self.tensors)
        except RuntimeError as error:
            raise WeightsMismatch(name, "the parameters of this version", "others") from error
        return network.eval()


def save(network: "nn.Module", folder: Path, stem: str, settings: dict[str, Any]) -> str:
    """Write ``stem.safetensors`` and note its digest beside it; the same input, the same bytes.

    Returns
    -------
    SHA-256 of the file, hexadecimal.
    """
    from safetensors.torch import save_file  # noqa: PLC0415 - imports torch

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.safetensors"
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()
    }
    # One entry: of several, the writer leaves the order to chance.
    told = json.dumps({**settings, _INPUTS: INPUTS}, sort_keys=True)
    save_file(tensors, path, metadata={_SETTINGS: told})
    path.chmod(0o644)  # the writer leaves it to its owner alone; weights are shared
    digests = _read_digests(folder)
    digests[path.name] = _digest(path)
    text = json.dumps(dict(sorted(digests.items())), indent=2)
    (folder / _DIGESTS).write_text(text + "\n", encoding="utf-8")
    return digests[path.name]


def load(folder: Path, stem: str) -> WeightFile:
    """Read ``stem.safetensors`` of a folder.

    Raises
    ------
    WeightsMismatch
        The file is missing, unreadable, its digest is not the one noted beside it, or its network
        learned from films that were prepared otherwise.
    """
    digest, settings = _checked(folder, stem)
    with safe_open(folder / f"{stem}.safetensors", framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    return WeightFile(tensors, settings, digest)


def checked_digest(folder: Path, stem: str) -> str:
    """SHA-256 of ``stem.safetensors`` of a folder, hexadecimal; its tensors are not read.

    Raises
    ------
    WeightsMismatch
        As for ``load``.
    """
    return _checked(folder, stem)[0]


def _checked(folder: Path, stem: str) -> tuple[str, dict[str, Any]]:
    """Digest and settings of a file that this version may use."""
    path = folder / f"{stem}.safetensors"
    if not path.is_file():
        raise WeightsMismatch(path.name, "a weight file", "no file")
    wanted, digest = _read_digests(folder).get(path.name, "no noted digest"), _digest(path)
    if wanted != digest:
        raise WeightsMismatch(path.name, f"SHA-256 {wanted[:16]}", f"SHA-256 {digest[:16]}")
    try:
        with safe_open(path, framework="numpy") as file:
            settings = json.loads((file.metadata() or {}).get(_SETTINGS, "{}"))
    except SafetensorError as error:
        raise WeightsMismatch(path.name, "a safetensors file", "something else") from error
    inputs = settings.pop(_INPUTS, "1")
    if inputs != INPUTS:
        wanted, got = (f"films prepared by recipe {recipe}" for recipe in (INPUTS, inputs))
        raise WeightsMismatch(path.name, wanted, got)
    return digest, settings


def combined_digest(digests: list[str]) -> str:
    """Digest of several files' digests, in order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_digests(folder: Path) -> dict[str, str]:
    path = folder / _DIGESTS
    if not path.is_file():
        return {}
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WeightsMismatch(path.name, "digests by file name", "something else") from error
    return {str(name): str(digest) for name, digest in noted.items()}
