"""What every delivery holds beside the films that were asked for."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tasks.phantom_dicom import Film, encode
from tasks.phantom_people import person_of


def add_strays(incoming: Path, center: str) -> None:
    """Add what every delivery has: a copy, a file cut short, a film of another kind, a note."""
    films = sorted(path for path in incoming.rglob("*") if path.is_file())
    if films:
        first = films[0].read_bytes()
        (incoming / "again").mkdir()
        (incoming / "again" / "copy_of_first.dcm").write_bytes(first)
    incoming.mkdir(parents=True, exist_ok=True)
    (incoming / "chest.dcm").write_bytes(encode(chest(center, 90001, is_honest=center != "D")))
    whole = encode(chest(center, 90002, is_honest=False))
    (incoming / "cut_short.dcm").write_bytes(whole[: len(whole) * 3 // 5])
    note = "Please find enclosed the lumbar films of Mrs Marrowby and others.\n"
    (incoming / "README.txt").write_text(note, encoding="utf-8")


def chest(center: str, number: int, *, is_honest: bool) -> Film:
    """Draw what is no lumbar film: two lungs; a header that is not honest claims a spine."""
    rows, columns = np.mgrid[-1:1:700j, -1:1:620j]
    pixels = 0.75 - 0.1 * rows**2 + 0.2 * np.exp(-((columns / 0.12) ** 2))
    for side in (-1, 1):
        lung = ((columns - 0.45 * side) / 0.33) ** 2 + ((rows + 0.05) / 0.7) ** 2
        pixels -= 0.5 / (1 + np.exp((lung - 1) * 12))
    grain = np.random.default_rng([ord(center), number]).normal(0, 0.015, pixels.shape)
    return Film(
        center=center,
        number=number,
        person=person_of(center, number, age_years=58, sex="F"),
        pixels=np.clip(pixels + grain, 0, 1).astype(np.float32),
        age_years=58,
        header=_ChestHints("CHEST", "PA") if is_honest else _ChestHints("LSPINE", "LL"),
    )


@dataclass(frozen=True, slots=True)
class _ChestHints:
    """Header of a film that is no lumbar film; fields as ``HeaderHints`` of the phantom."""

    body_part: str
    view_position: str
    manufacturer: str = "Nordlicht Medical"
    model_name: str = "DR-400"
    modality: str = "DX"
    photometric: str = "MONOCHROME2"
    bits_stored: int = 12
    spacing_keyword: str = "ImagerPixelSpacing"
    spacing_mm: float = 0.5
    patient_orientation: tuple[str, str] = ("L", "F")
