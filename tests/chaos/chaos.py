#!/usr/bin/python3
"""Breaks the system on purpose and looks whether it kept its promises. See docs/reliability.md.

usage: ./dev chaos --storm [--orders N] [--kills N] [--every SECONDS]
       ./dev chaos --edges [--orders N]
       ./dev chaos --points [--runs N] [--point NAME]
       ./dev chaos --clocks | --disks | --restarts
       ./dev chaos --quick      200 deaths and a short storm, in four minutes
       ./dev chaos --full       thousands of runs; on one commit they add up
"""

import argparse
import contextlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in
                ("deploy/local", "tests/e2e", "tests/openapi")]

import clocks  # noqa: E402  (what these import is found above)
import disks  # noqa: E402
import edges  # noqa: E402
import points  # noqa: E402
import restarts  # noqa: E402
import results  # noqa: E402
from storm import Outcome, Weather, storm  # noqa: E402
from system import System  # noqa: E402

FULL_RUNS, FULL_KILLS, FULL_ORDERS = 5000, 200, 20_000
FULL_STORMS = 10
FULL_FAULTS = {"edges": 5000, "clocks": 24, "disks": 24, "restarts": 45}
FAULTS = {"edges": edges.break_edges, "clocks": clocks.skew_clocks, "disks": disks.fill_disks,
          "restarts": restarts.restart_databases}


def report(what: str, outcome: Outcome, command: str) -> None:
    print(f"{what}: {outcome.orders} orders acknowledged, {outcome.took_s:.0f} s")
    for fault, count in sorted(outcome.faults.items()):
        print(f"  {fault:<32}{count:>6}")
    for status, count in sorted(outcome.statuses.items(), key=str):
        print(f"  answered {status!s:<23}{count:>6}")
    print(f"  slowest answer {outcome.slowest_s:.1f} s, at rest {outcome.rest_s:.1f} s after "
          "everything was healed")
    for broken in outcome.breaks:
        print(f"BROKEN  {broken}")
    if outcome.breaks:
        print(f"{len(outcome.breaks)} violations; again with: {command}")


def report_points(campaign: points.Campaign) -> None:
    named = sum(map(len, campaign.points.values()))
    print(f"points with seed {campaign.seed}: {len(campaign.killed)} deaths at "
          f"{len(set((d.service, d.point) for d in campaign.killed))} of {named} points reached by "
          f"the rehearsal, {len(campaign.rare)} not reached in time, {campaign.orders} orders "
          f"acknowledged, at rest {campaign.slowest_rest_s:.1f} s after the last death")
    print("  " + ", ".join(f"{what} {seconds:.0f} s" for what, seconds in campaign.spent_s.items()))
    for broken in campaign.breaks:
        print(f"BROKEN  {broken}")
    if campaign.breaks:
        print(f"again with: {campaign.command()}")


def kills_of(outcome: Outcome) -> int:
    return sum(count for what, count in outcome.faults.items() if what.startswith("kill"))


@contextlib.contextmanager
def installation(tally: results.Tally, failpoints: bool):
    """A running system of its own; its state is left behind when violations were found."""
    kept = os.environ.get("MERCATO_CHAOS_STATE")
    state = pathlib.Path(kept or tempfile.mkdtemp(prefix="mercato-chaos-")) / "state"
    system = System(ROOT, state)
    ended_well = False
    try:
        if failpoints:
            build_failpoints(system)
        system.up(RATE_LIMITS="off")
        yield system
        ended_well = tally.violations == 0
    finally:
        system.dev("down", *(["--wipe"] if ended_well and not kept else []))
        if ended_well and not kept:
            shutil.rmtree(state.parent, ignore_errors=True)
        else:
            print(f"the state is left in {state}, stopped; the logs are in its folder `log`")


def build_failpoints(system: System) -> None:
    folder = points.build_folder(system)
    for command in (["cmake", "--preset", "release", "-B", folder, "-DMERCATO_FAILPOINTS=ON"],
                    ["ninja", "-C", folder, "--quiet",
                     *(f"{service}-service-failpoints" for service in points.SERVICES)]):
        done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            sys.exit(f"the services with failpoints cannot be built:\n{done.stdout}")


def run_storm(system: System, tally: results.Tally, weather: Weather) -> None:
    outcome = storm(system, weather)
    kills = kills_of(outcome)
    report(f"storm with seed {weather.seed}, {kills} kills and "
           f"{sum(outcome.faults.values()) - kills} freezes", outcome,
           f"./dev chaos --storm {weather} --kills {weather.kills} --every {weather.every_s:g}")
    tally.storm_kills += kills
    tally.storm_orders += outcome.orders
    tally.orders += outcome.orders
    tally.violations += len(outcome.breaks)


def run_faults(system: System, tally: results.Tally, way: str, weather: Weather) -> None:
    """One of FAULTS, whose number is kept in the tally."""
    print(f"{way}:", flush=True)
    outcome = FAULTS[way](system, weather)
    faults = sum(outcome.faults.values())
    report(f"{way} with seed {weather.seed}, {faults} faults", outcome,
           f"./dev chaos --{way} {weather}")
    tally.faults[way] = tally.faults.get(way, 0) + faults
    tally.orders += outcome.orders
    tally.violations += len(outcome.breaks)


def run_points(system: System, tally: results.Tally, campaign: points.Campaign) -> None:
    points.run(system, campaign)
    report_points(campaign)
    tally.deaths += len(campaign.killed)
    tally.points = max(tally.points, sum(map(len, campaign.points.values())))
    tally.orders += campaign.orders
    tally.violations += len(campaign.breaks)


def weather_of(options: argparse.Namespace) -> Weather:
    return Weather(options.seed, options.orders, options.kills, options.clients, options.every,
                   options.minutes)


def campaign_of(options: argparse.Namespace) -> points.Campaign:
    return points.Campaign(options.seed, options.runs, options.minutes, options.clients,
                           options.point)


def quick(options: argparse.Namespace, tally: results.Tally) -> None:
    with installation(tally, failpoints=True) as system:
        options.minutes = 2.7
        run_points(system, tally, campaign_of(options))
        if tally.violations == 0:
            run_storm(system, tally, Weather(options.seed, orders=100, kills=8, every_s=0.8,
                                             minutes=0.5))


def without_disks() -> bool:
    """Whether no disk can be made small here; says so."""
    why = disks.cannot()
    if why is not None:
        print(f"SKIPPED  full disks: {why}", flush=True)
    return why is not None


def missing(tally: results.Tally, skipped: set[str]) -> list[str]:
    """The ways of breaking things that were not tried often enough."""
    return [way for way, wanted in FULL_FAULTS.items()
            if way not in skipped and tally.faults.get(way, 0) < wanted]


def storms_are_missing(tally: results.Tally) -> bool:
    return tally.storm_kills < FULL_KILLS or tally.storm_orders < FULL_ORDERS


def run_piece(options: argparse.Namespace, tally: results.Tally, skipped: set[str]) -> None:
    """A part of it, each fault in an installation of its own, so that none grows for ever."""
    with installation(tally, failpoints=True) as system:
        if tally.deaths < FULL_RUNS:
            options.runs = min(500, FULL_RUNS - tally.deaths)
            run_points(system, tally, campaign_of(options))
        if tally.violations == 0 and storms_are_missing(tally):
            run_storm(system, tally, Weather(
                options.seed, FULL_ORDERS // FULL_STORMS, FULL_KILLS // FULL_STORMS,
                options.clients, options.every, options.minutes))
    for way in missing(tally, skipped)[:1]:
        if tally.violations == 0:
            with installation(tally, failpoints=way == "clocks") as system:
                run_faults(system, tally, way, weather_of(options))


def full(options: argparse.Namespace, tally: results.Tally) -> None:
    path = points.build_folder(System(ROOT, ROOT)) / "chaos" / f"{results.commit_of(ROOT)}.json"
    vars(tally).update(vars(results.load(path)))
    print(f"so far on this commit: {tally}", flush=True)
    skipped = {"disks"} if without_disks() else set()
    while tally.violations == 0 and (tally.deaths < FULL_RUNS or storms_are_missing(tally)
                                     or missing(tally, skipped)):
        run_piece(options, tally, skipped)
        results.save(path, tally)
        options.seed += 1
        print(f"so far on this commit: {tally}", flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev chaos")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--storm", action="store_true", help="random kills and freezes under load")
    mode.add_argument("--edges", action="store_true",
                      help="calls late, cut, refused or made twice on every edge")
    mode.add_argument("--points", action="store_true", help="a kill at each named point")
    mode.add_argument("--clocks", action="store_true", help="clocks an hour fast and slow")
    mode.add_argument("--disks", action="store_true", help="no room for a database (as root only)")
    mode.add_argument("--restarts", action="store_true", help="each PostgreSQL, and all at once")
    mode.add_argument("--quick", action="store_true", help="200 of these and a short storm")
    mode.add_argument("--full", action="store_true", help="5,000 of these and long storms")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--runs", type=int, default=200, help="deaths at points (200)")
    parser.add_argument("--point", default="", help="only at points with this in their name")
    parser.add_argument("--orders", type=int, default=500, help="acknowledged at least (500)")
    parser.add_argument("--kills", type=int, default=20, help="kill -9 at least (20)")
    parser.add_argument("--clients", type=int, default=8, help="who order at once (8)")
    parser.add_argument("--every", type=float, default=1.0,
                        help="seconds between two faults of a storm on average (1)")
    parser.add_argument("--minutes", type=float, default=10.0,
                        help="one storm or round of points ends after so long (10)")
    return parser.parse_args()


def main() -> int:
    options, tally = parse(), results.Tally()
    if (options.full or options.disks) and disks.cannot() is None:
        disks.run_alone()
    if options.quick:
        quick(options, tally)
    elif options.full:
        full(options, tally)
    elif not (options.disks and without_disks()):
        with installation(tally, failpoints=options.points or options.clocks) as system:
            if options.storm:
                run_storm(system, tally, weather_of(options))
            elif options.points:
                run_points(system, tally, campaign_of(options))
            else:
                way = next(way for way in FAULTS if getattr(options, way))
                run_faults(system, tally, way, weather_of(options))
    print(tally)
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
