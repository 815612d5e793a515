"""The clock of one service after the other is an hour fast, then an hour slow, while shoppers shop.

The failpoint variants are told by how much to be wrong while they run, and then to be right again:
a clock that jumps both ways.
"""

import collections
import time

import points
from shoppers import Log
from storm import Outcome, Weather, under_load
from system import System

SHIFTS_S = (3600, -3600)
# How long a clock is wrong, and how long the shop goes on in between.
WRONG_FOR_S, RIGHT_FOR_S = 4.0, 1.0
# Tokens seem to have run out, or not to have begun: who asks is asked to sign in.
EXCUSED = 401


def skew_clocks(system: System, weather: Weather) -> Outcome:
    processes = points.start_variants(system)

    def strike(log: Log) -> collections.Counter:
        counts: collections.Counter = collections.Counter()
        log.excused.add(EXCUSED)
        for process in processes:
            for shift_s in SHIFTS_S:
                assert process.tell(f"clock {shift_s}"), f"{process.service} does not listen"
                time.sleep(WRONG_FOR_S)
                assert process.tell("clock 0"), f"{process.service} does not listen"
                counts[f"clock {shift_s:+d} s {process.service}"] += 1
                time.sleep(RIGHT_FOR_S)
        return counts

    return under_load(system, weather, strike)
