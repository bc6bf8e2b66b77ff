"""Invented patients and hospitals, whose names a de-identified film must not hold."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

_FAMILY: Final = (
    "Quillfeather", "Marrowby", "Thistlewick", "Ostergaard-Vane", "Pelletreau", "Brandywhistle",
    "Kvitkova", "Underhayes", "Zolotarenko", "Farthingdale", "Maplethwaite", "Ravensbourne",
)  # fmt: skip
_GIVEN: Final = (
    "Isolde", "Bartholomew", "Clementina", "Ferdinando", "Wilhelmina", "Leopold", "Philippa",
    "Thaddeus", "Rosamund", "Casimir", "Henrietta", "Evander",
)  # fmt: skip
# Name and street by center.
HOSPITALS: Final = {
    "A": ("Lindenhof Regional Infirmary", "14 Orchard Lane"),
    "B": ("Saint Aldhelm Clinic", "3 Millrace Court"),
    "C": ("Port Ellery General Hospital", "220 Quayside"),
    "D": ("Whitmoor Spine Centre", "7 Granary Hill"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient, the same on all films of one number."""

    family: str
    given: str
    record_number: str
    birth_date: date
    first_visit: date
    sex: str

    @property
    def person_name(self) -> str:
        """As DICOM writes it."""
        return f"{self.family}^{self.given}"


def uid_of(*what: object) -> str:
    """UID under 2.25 (PS3.5 B.2) from what it names."""
    digest = hashlib.sha256(repr(what).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15], 'big')}"


def person_of(center: str, patient: int, *, age_years: int, sex: str) -> Person:
    """Invent a patient."""
    chance = np.random.default_rng([ord(center), patient])
    first_visit = date(2016, 1, 4) + timedelta(days=int(chance.integers(0, 2500)))
    return Person(
        family=_FAMILY[int(chance.integers(len(_FAMILY)))],
        given=_GIVEN[int(chance.integers(len(_GIVEN)))],
        record_number=f"MRN{center}{int(chance.integers(10**6, 10**7))}",
        birth_date=first_visit - timedelta(days=age_years * 365 + age_years // 4 + 40),
        first_visit=first_visit,
        sex=sex,
    )
