"""What goes wrong in a storm, and when: decided by a seed, so that it can be told again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from installation import DATABASES, SERVICES

OTHERS = ("psp", "redis", "gateway")
# The two that a checkout hangs on most come up more often.
KILLED = SERVICES + ("order", "payment") + DATABASES + OTHERS
FROZEN = SERVICES + DATABASES + ("psp", "redis")


@dataclass(frozen=True)
class Fault:
    """One thing that happens to one process."""

    after_s: float   # seconds since the one before
    name: str        # of the process, as ./dev knows it
    kind: str        # kill | freeze
    lasts_s: float   # until it is started again, or goes on

    def __str__(self) -> str:
        what = "kill -9" if self.kind == "kill" else "SIGSTOP"
        return f"{what} {self.name} for {self.lasts_s:.1f} s"


def plan(seed: int, every_s: float, freezes: float = 0.2) -> Iterator[Fault]:
    """An endless storm: `every_s` seconds between faults on average, a share of them freezes."""
    dice = random.Random(f"faults {seed}")
    while True:
        after = dice.expovariate(1 / every_s)
        if dice.random() < freezes:
            yield Fault(after, dice.choice(FROZEN), "freeze", dice.uniform(0.2, 4.0))
        else:
            # Most processes are up again at once; some stay away for a while.
            lasts = 0.0 if dice.random() < 0.7 else dice.uniform(0.1, 3.0)
            yield Fault(after, dice.choice(KILLED), "kill", lasts)
