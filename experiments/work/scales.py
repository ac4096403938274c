"""How large the work is: three sizes of everything."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from parallel_claims import Size


@dataclass(frozen=True)
class Scale:
    """One size of every workload.

    matrix: rows of the matrices of linear algebra.
    mebibytes: what is hashed.
    round_trips: messages to and fro between two workers.
    numbers: float64 values in the array whose mean is computed.
    calls, call_size: the joblib loop is ``f(i) for i in range(calls)``, each
        over ``call_size`` integers. 24 calls divide evenly by 2 and by 6.
    fewest, most, budget: how many blocks are measured at least and at most, and the
        seconds after which none is begun, unless the user says otherwise.
    timeout: seconds after which a wait for one round is given up.
    """

    numbers: int
    calls: int
    call_size: int
    matrix: int
    mebibytes: int
    round_trips: int
    fewest: int
    most: int
    budget: float
    timeout: float

    def fitted(self, start_up: float, seconds_a_number: float) -> Scale:
        """Return the scale with so many numbers that starting two workers is a small matter.

        start_up: seconds of starting and joining two workers that do nothing. It may take a
        tenth of what half of the numbers takes, as it takes a twentieth in the course.
        """
        enough = START_UP_SHARE * seconds_a_number / 2
        doublings = max(0, math.ceil(math.log2(start_up / (enough * self.numbers))))
        return replace(self, numbers=self.numbers * 2**doublings)

    def size(self, name: str) -> Size:
        """Return what measuring in blocks has to know of this scale."""
        return Size(name, self.fewest, self.most, self.budget, 3 * self.timeout)

    def memory(self, start_method: str) -> int:
        """Return the bytes of memory that the arrays of a run take, and a quarter more.

        The array is held once by this process and in halves by two capacity workers;
        a start method other than fork sends each of two children a copy, made from one more.
        """
        copies = 2 if start_method == "fork" else 5
        return int(self.numbers * 8 * copies * 1.25)


START_UP_SHARE = 0.1
"""What starting workers may take of the ideal time."""

SCALES = {
    "smoke": Scale(
        numbers=100_000,
        calls=24,
        call_size=10_000,
        matrix=200,
        mebibytes=2,
        round_trips=200,
        fewest=6,
        most=6,
        budget=60,
        timeout=60,
    ),
    "quick": Scale(
        numbers=5_000_000,
        calls=24,
        call_size=300_000,
        matrix=1400,
        mebibytes=100,
        round_trips=1500,
        fewest=7,
        most=34,
        budget=170,
        timeout=120,
    ),
    "course": Scale(
        numbers=100_000_000,
        calls=24,
        call_size=10_000_000,
        matrix=2500,
        mebibytes=500,
        round_trips=10_000,
        fewest=7,
        most=34,
        budget=900,
        timeout=900,
    ),
}
