"""The disk of one database after the other is full for a while, under load.

The database's folder is moved to a small disk in memory. First that disk is filled and the tables
cannot grow; then the write-ahead log is pushed past its last file as well, and the server goes down
with no place to recover in. When there is room again it has to come back with all that it promised.
Needs the right to mount: a mount namespace of its own lets nothing of it be left behind.
"""

import collections
import os
import pathlib
import subprocess
import sys
import time

import psycopg2
from installation import DATABASES
from shoppers import Log
from storm import Outcome, Weather, under_load
from system import System

# What a database may still write before its disk is filled.
ROOM_BYTES = 96 << 20
FULL_FOR_S = 4.0
# Two segments of the write-ahead log: the one in use, and the next that is there already.
LOG_BYTES = 2 * (16 << 20)
ALONE = "MERCATO_CHAOS_MOUNTS"


def cannot() -> str | None:
    """Why no disk can be made here."""
    if os.geteuid() != 0:
        return "only root may mount a small disk"
    tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                           capture_output=True, text=True, check=False)
    return tried.stderr.strip() or "no disk can be mounted" if tried.returncode else None


def run_alone() -> None:
    """Starts this program again where it sees mounts of its own; returns when it does already."""
    if os.environ.get(ALONE) != "own":
        os.environ[ALONE] = "own"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable,
                              *sys.argv])


class SmallDisk:
    """A disk that holds one database and little else; a context: the database moves in and out."""

    def __init__(self, system: System, name: str):
        self._system, self._name = system, name
        self._folder = system.state / "data" / name
        self._large = system.state / "data" / f".{name}.large"
        self._filler = self._folder / "filler"

    def __enter__(self) -> "SmallDisk":
        self._run("stop")
        used = int(subprocess.run(["du", "-sb", self._folder], capture_output=True, text=True,
                                  check=True).stdout.split()[0])
        owner = self._folder.stat()
        self._folder.rename(self._large)
        self._folder.mkdir()
        options = f"size={used + ROOM_BYTES},mode=700,uid={owner.st_uid},gid={owner.st_gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self._folder], check=True)
        self._copy(self._large, self._folder)
        self._run("start")
        return self

    def __exit__(self, *_) -> None:
        self.free()
        self._run("stop")
        subprocess.run(["find", self._large, "-mindepth", "1", "-delete"], check=True)
        self._copy(self._folder, self._large)
        subprocess.run(["umount", self._folder], check=True)
        self._folder.rmdir()
        self._large.rename(self._folder)
        self._run("start")

    def _run(self, command: str) -> None:
        done = self._system.dev(command, self._name)
        assert done.returncode == 0, done.stdout

    @staticmethod
    def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
        subprocess.run(["cp", "-a", f"{source}/.", target], check=True)

    def fill(self) -> None:
        with open(self._filler, "wb", buffering=0) as filler:
            for piece in (1 << 20, 1 << 12):
                try:
                    while True:
                        filler.write(bytes(piece))
                except OSError:
                    continue

    def push_log(self) -> None:
        """Into the log goes what concerns nobody, until it is full as well."""
        service = self._name.removesuffix("-db")
        try:
            for _ in range(LOG_BYTES >> 20):
                self._system.query(
                    service, "SELECT pg_logical_emit_message(false, 'full', repeat('x', 1 << 20))")
        except psycopg2.Error:
            pass  # it is full, and the server is down

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


def fill_disks(system: System, weather: Weather) -> Outcome:
    def strike(log: Log) -> collections.Counter:
        counts: collections.Counter = collections.Counter()
        for name in DATABASES:
            with SmallDisk(system, name) as disk:
                for what in ("tables", "log"):
                    disk.fill()
                    if what == "log":
                        disk.push_log()
                    time.sleep(FULL_FOR_S)
                    disk.free()
                    started = system.dev("start", name)
                    assert started.returncode == 0, started.stdout
                    counts[f"no room for {what} of {name}"] += 1
        return counts

    return under_load(system, weather, strike)
