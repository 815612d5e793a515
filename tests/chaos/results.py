"""What was tried on one commit so far, so that long campaigns can be done in pieces."""

import json
import pathlib
import subprocess
from dataclasses import asdict, dataclass, field


def upper_bound(runs: int) -> str:
    """With no failure in N independent runs the rate is below 3/N, with 95 % confidence."""
    if runs == 0:
        return "nothing was tried"
    return f"no failure in {runs:,}: below {3 / runs:.2g} each with 95 % confidence"


def commit_of(root: pathlib.Path) -> str:
    """The commit that is checked out, marked when something was changed since."""
    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", root, *words], capture_output=True, text=True,
                              check=False).stdout.strip()
    head = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return head + ("-changed" if git("status", "--porcelain", "--untracked-files=no") else "")


@dataclass
class Tally:
    """The sums of all runs on one commit."""

    deaths: int = 0
    points: int = 0
    storm_kills: int = 0
    storm_orders: int = 0  # among the orders
    faults: dict[str, int] = field(default_factory=dict)  # by the way in which things were broken
    orders: int = 0
    violations: int = 0

    def __str__(self) -> str:
        ways = "".join(f"{count:,} {way}, " for way, count in sorted(self.faults.items()))
        told = (f"{self.deaths:,} deaths at {self.points} points, {self.storm_kills:,} kills in "
                f"storms over {self.storm_orders:,} orders, {ways}{self.orders:,} orders "
                f"acknowledged, {self.violations} violations")
        proved = {"kills": self.deaths + self.storm_kills, **self.faults, "orders": self.orders}
        if self.violations:
            return told
        return "\n  ".join([told, *(f"{what}: {upper_bound(runs)}"
                                    for what, runs in proved.items() if runs)])


def load(path: pathlib.Path) -> Tally:
    try:
        return Tally(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Tally()


def save(path: pathlib.Path, tally: Tally) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(tally)) + "\n", encoding="utf-8")
    fresh.replace(path)
