"""Score de-identified films against the answer key, on both sides: what leaks, and what is lost."""

from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO

from planting import Key
from pydicom import dcmread


@dataclass(slots=True)
class Score:
    """Passed and failed checks by action, and the failures' places."""

    passed: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)

    def check(self, action: str, place: str, *, is_right: bool) -> None:
        """Count one check."""
        (self.passed if is_right else self.failed)[action] += 1
        if not is_right:
            self.places[f"{action}: {place}"] += 1

    @property
    def share(self) -> float:
        """Share of checks passed."""
        right, wrong = sum(self.passed.values()), sum(self.failed.values())
        return right / max(right + wrong, 1)


def score_film(content: bytes, key: Key, score: Score) -> None:
    """Check one de-identified film against its key."""
    ds = dcmread(BytesIO(content))
    said = "\n".join(str(e.value) for e in ds.iterall() if e.keyword != "PixelData")
    for place, value in key.secrets:
        forms = {value, value.upper(), value.lower()}
        encodings = ("utf-8", "latin-1", "utf-16-le")
        needles = {form.encode(code, "ignore") for form in forms for code in encodings} - {b""}
        is_left = value in said or any(needle in content for needle in needles)
        score.check("text_removed", place, is_right=not is_left)
    for uid in key.uids:
        score.check("uid_changed", "uid", is_right=uid.encode() not in content)
    for keyword, value in key.kept.items():
        score.check("tag_retained", keyword, is_right=str(ds.get(keyword, "")) == value)
    for keyword, word in key.words:
        score.check("text_retained", keyword, is_right=word in str(ds.get(keyword, "")))
    for keyword, day in key.dates.items():
        found = str(ds.get(keyword, ""))[:8]
        score.check("date_shifted", keyword, is_right=len(found) == 8 and found != day)
    named = ds.file_meta.get("MediaStorageSOPInstanceUID")
    same = named is not None and named == ds.get("SOPInstanceUID")
    score.check("uid_consistent", "file meta", is_right=same)
