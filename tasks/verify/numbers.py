"""Numbers of a table: chance makes one of many somebody's, a leak makes many of them so.

Among ten thousand people's numbers of seven digits some equal the size of one of their films. A
column that holds such numbers is no leak for that; one is that holds a number of the very person
whose row it is, or in which many numbers are people's. Texts are not weighed so: what somebody
wrote counts by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import pyarrow as pa

from tasks.verify.needles import Needles, Own
from tasks.verify.tables import long_numbers_of, numbers_of_rows

# So many of a column's long numbers are nobody's by chance where at most one in so many is
# somebody's: where one in ten who live near a hospital is of the study, numbers that it gave
# one after another are as dense as that.
_MANY: Final = 4


@dataclass(slots=True, eq=False)
class Numbers:
    """What the numbers of one column said so far.

    Attributes
    ----------
    everyone
        Every identifier of the study.
    people
        Originals by pseudonym, of films and of patients.
    seen, hits
        Its distinct numbers as long as people's, and those that are somebody's.
    """

    everyone: Needles
    people: Mapping[str, Own]
    seen: set[int] = field(default_factory=set)
    hits: set[int] = field(default_factory=set)

    def tell_own(self, column: pa.Array, batch: pa.RecordBatch) -> bool:
        """Take numbers of a batch, and return whether one is its own row's."""
        numbers = long_numbers_of(column)
        fresh = numbers - self.seen
        self.seen |= fresh
        self.hits |= {number for number in fresh if self.everyone.counted_in(str(number))}
        hits = numbers & self.hits
        return bool(hits) and any(self._own_in(column, batch, hits))

    def tell_many(self) -> bool:
        """Return whether more of all numbers are people's than chance makes so."""
        return bool(self.hits) and len(self.hits) * _MANY >= len(self.seen)

    def _own_in(self, column: pa.Array, batch: pa.RecordBatch, hits: set[int]) -> Iterator[bool]:
        """Yield of each row with a hit whether that is a number of who is named in the row."""
        names = [one for one in batch.columns if pa.types.is_string(one.type)]
        for row, numbers in enumerate(numbers_of_rows(column)):
            if held := hits & numbers:
                own = (self.people.get(name[row].as_py() or "", ()) for name in names)
                mine = Needles(value for _, value in chain.from_iterable(own))
                yield any(mine.counted_in(str(number)) for number in held)
