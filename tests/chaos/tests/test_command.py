"""The command itself starts: its modules share a path with those of other test folders."""

import pathlib
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).parents[1] / "chaos.py"


def test_it_says_what_it_can_do():
    done = subprocess.run([sys.executable, PROGRAM, "--help"], text=True, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    for way in ("--storm", "--points", "--edges", "--clocks", "--disks", "--restarts", "--quick",
                "--full"):
        assert way in done.stdout
