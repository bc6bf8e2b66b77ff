"""Count plain films of another origin in which text is seen, or which are set aside.

python -m benchmarks.deidentification.false_alarms --films 17 --seed 200

So many films of each look of ``benchmarks.other_origin``: grain, coarse pixels, steep processing,
and nothing written on them. Seconds are of one processor.
"""

import argparse
import time

import numpy as np

from benchmarks.other_origin.film import draw
from benchmarks.other_origin.looks import LOOKS
from data_contracts.errors import FilmRejected
from tasks.deid.burned_in import find_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=17, help="of each look")
    parser.add_argument("--seed", type=int, default=200)
    said = parser.parse_args()
    alarms, aside, spent = 0, 0, []
    for look in LOOKS:
        for seed in range(said.seed, said.seed + said.films):
            stored = np.rint(draw(look, seed).radiograph.pixels * 4095).astype(np.uint16)
            started = time.process_time()
            try:
                alarms += bool(find_text(stored))
            except FilmRejected:
                aside += 1
            spent.append(time.process_time() - started)
    print(f"{len(spent)} plain films: text seen in {alarms}, set aside {aside}")
    print(f"{np.mean(spent):.3f} s a film, median {np.median(spent):.3f}")


if __name__ == "__main__":
    main()
