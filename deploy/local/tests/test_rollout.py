"""./dev rollout that is interrupted, with a script in the place of a service."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest
from bare_installation import ROOT, BareInstallation

# The old release serves until it is ended. The new one hangs until it is told to fail.
OLD = "exec tail -f /dev/null"
NEW = """[ "$1" = migrate ] && exit 0
read -r _ <"${0%/*}/told"
exit 1"""


def build(folder: pathlib.Path, script: str) -> pathlib.Path:
    """A build tree that Ninja has nothing to do in."""
    program = folder / "services" / "catalog" / "catalog-service"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    (folder / "build.ninja").write_text("rule none\n  command = true\n"
                                        "build catalog-service: none\n")
    return folder
# The new one is gone before anybody looks: who starts it first waits for its end.
TOO_SHORT = '[ "$1" = migrate ]'
ROLLOUT = """
source "$ROOT/deploy/local/rollout.sh"
disown() { builtin disown "$1" && await_end 30 "$1"; }
rollout_name catalog
"""


class Installation(BareInstallation):
    """Of which the old release of the catalog runs."""

    def __init__(self, folder: pathlib.Path):
        super().__init__(folder / "state")
        self.new = build(folder / "new", NEW)
        self.short = build(folder / "short", TOO_SHORT)
        os.mkfifo(self.new / "services" / "catalog" / "told")
        self.prepare("launch_program catalog", MERCATO_BUILD=str(build(folder / "old", OLD)))
        with socket.socket(socket.AF_UNIX) as handover:
            handover.bind(str(self.state / "run" / "catalog.handover"))

    def has_successor(self, old: int) -> bool:
        """In a session of its own, where what is told to the rollout does not reach it."""
        pid = self.pid("catalog")
        return pid not in (0, old) and os.getsid(pid) == pid

    def begin_rollout(self) -> subprocess.Popen:
        """In a process group of its own, as a terminal's foreground is one."""
        return subprocess.Popen(
            [ROOT / "dev", "rollout", "catalog"], process_group=0, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**self.environment, "MERCATO_BUILD": str(self.new)})

    def roll_out_what_ends_at_once(self) -> subprocess.CompletedProcess:
        return self.shell(ROLLOUT, MERCATO_BUILD=str(self.short))

    def let_the_new_one_fail(self) -> None:
        with open(self.new / "services" / "catalog" / "told", "w") as told:
            told.write("now\n")


@pytest.fixture
def installation(tmp_path):
    installation = Installation(tmp_path)
    old = installation.pid("catalog")
    yield installation
    assert installation.dev("down", "--wipe").returncode == 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(old, signal.SIGKILL)


def await_true(condition, what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_rollout_does_not_forget_the_one_that_serves(installation, told):
    old = installation.pid("catalog")
    rollout = installation.begin_rollout()
    await_true(lambda: installation.has_successor(old), "the new one is there")
    os.killpg(rollout.pid, told)
    installation.let_the_new_one_fail()
    printed, _ = rollout.communicate(timeout=60)  # what of it is left has its output
    assert f"catalog goes on as it was (pid {old})" in printed
    assert installation.pid("catalog") == old


def test_a_new_one_that_ends_at_once_does_not_take_the_one_that_serves_with_it(installation):
    old = installation.pid("catalog")
    rollout = installation.roll_out_what_ends_at_once()
    assert rollout.returncode == 1
    assert f"catalog goes on as it was (pid {old})" in rollout.stdout
    os.kill(old, 0)
    assert installation.pid("catalog") == old
