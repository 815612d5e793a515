"""What a flood of sign-ins costs those who buy meanwhile.

Quiet and flooded stretches of a running installation alternate: orders come by the clock in both,
and sign-ins beside them in the flooded ones. The medians of the orders' p50 and p99 are compared,
the sign-ins' answers counted, and the user service's memory is read before and after.

usage: RATE_LIMITS=off ./dev up && /usr/bin/python3 tests/load/measure_sign_ins.py BUILD
       [--orders 30] [--sign-ins 200] [--seconds 10] [--pairs 3]
"""

import argparse
import collections
import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "deploy" / "local"))

# pylint: disable=wrong-import-position
import bench  # noqa: E402
import installation  # noqa: E402
from gateway_client import admin_of, run_program  # noqa: E402

BUYERS = 64  # who may wait for an answer at once
CROWD = 1000


@contextlib.contextmanager
def flood(build: pathlib.Path, env: dict[str, str], rate: int, seconds: int,
          statuses: collections.Counter) -> typing.Iterator[None]:
    """Sign-ins with the right password, begun a second before what is done meanwhile."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as form:
        json.dump({"email": env["ADMIN_EMAIL"], "password": env["ADMIN_PASSWORD"]}, form)
        form.flush()
        with subprocess.Popen(
                [build / "tests" / "load" / "mercato-load",
                 f"{env['GATEWAY_URL']}/api/v1/sessions", "--method", "POST", "--header",
                 "Content-Type: application/json", "--body", form.name, "--rate", str(rate),
                 "--clients", str(CROWD), "--requests", str(rate * (seconds + 1))],
                stdout=subprocess.PIPE, text=True) as process:
            time.sleep(1)
            yield
            statuses.update(json.loads(process.communicate()[0])["statuses"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures orders amid a flood of sign-ins.")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--orders", type=int, default=30, help="a second (30)")
    parser.add_argument("--sign-ins", type=int, default=200, help="a second (200)")
    parser.add_argument("--seconds", type=int, default=10, help="of each stretch (10)")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    env = installation.load()
    user = bench.pid_of("user")
    count = options.orders * options.seconds
    quiet, flooded, statuses = [], [], collections.Counter()
    with bench.order_form(env, bench.goods(admin_of(env), 3), BUYERS) as form:
        def order() -> dict:
            result = bench.load(options.build, env, count, BUYERS, form,
                                "--rate", str(options.orders))
            bench.await_settled(env)
            return result

        order()
        before = bench.memory_kib(user, "Rss")
        for _ in range(options.pairs):
            quiet.append(order())
            with flood(options.build, env, options.sign_ins, options.seconds, statuses):
                flooded.append(order())
    for quantile in ("p50_ms", "p99_ms"):
        alone = statistics.median(one[quantile] for one in quiet)
        among = statistics.median(one[quantile] for one in flooded)
        print(f"orders' {quantile[:3]}  quiet {alone:.1f} ms  flooded {among:.1f} ms  "
              f"ratio {among / alone:.2f}")
    print("sign-ins:", dict(statuses))
    print(f"memory of user: {before / 1024:.1f} MiB before, "
          f"{bench.memory_kib(user, 'Rss') / 1024:.1f} after")


if __name__ == "__main__":
    run_program(main)
