"""Plant, de-identify and score headers and containers.

python benchmarks/deidentification/headers.py --films 200 --seed 1
"""

import argparse
import time
from datetime import datetime

from plant_header import CR, DX, planted_film
from score import Score, score_film

from tasks.deid.deidentify import deidentify
from tasks.deid.profile import Profile
from tasks.deid.pseudonyms import Pseudonymizer
from tasks.dicom.pixels import decode
from tasks.dicom.reading import read_film
from tasks.dicom.writing import save_bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pseudonyms, score = Pseudonymizer(bytes(32)), Score()
    seconds = 0.0
    for at in range(args.films):
        content, key = planted_film(
            args.seed * 100_003 + at, sop_class=(DX, CR)[at % 2], implicit=at % 3 == 0
        )
        start = time.perf_counter()
        ds = read_film(content)
        clean = deidentify(
            ds,
            decode(ds),
            center="A",
            source_digest="0" * 64,
            profile=Profile(),
            pseudonyms=pseudonyms,
        )
        written = save_bytes(clean.dataset)
        seconds += time.perf_counter() - start
        score_film(written, key, score)
        days = [key.dates["StudyDate"], key.dates["ContentDate"]]
        gap = _day(days[1]) - _day(days[0])
        moved = _day(clean.dataset.ContentDate) - _day(clean.dataset.StudyDate)
        score.check("interval", "StudyDate to ContentDate", is_right=gap == moved)
    print(f"films {args.films}, seed {args.seed}, {args.films / seconds:.1f} films/s a process")
    for action in sorted(score.passed | score.failed):
        right, wrong = score.passed[action], score.failed[action]
        print(f"{action:16} {right:7d} right {wrong:5d} wrong")
    print(f"share of checks passed: {score.share:.4%}")
    for place, count in score.places.most_common(20):
        print(f"  {count:5d} {place}")


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a day has no zone


if __name__ == "__main__":
    main()
