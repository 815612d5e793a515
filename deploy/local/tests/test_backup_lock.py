"""Who backs up or restores has the databases to himself."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[3]

# In the place of PostgreSQL's programs, one that says that it was asked and waits for a line.
COMMAND = """
set -euo pipefail
source "$ROOT/deploy/local/layout.sh"
source "$ROOT/deploy/local/backup.sh"
load_ports() { :; }
in_database() {
  sh -c 'echo asked && exec head -n 1 >/dev/null'
  exit
}
eval "${ALSO:-}"
"$@"
"""


class Installation:
    def __init__(self, state: pathlib.Path):
        self.state = state
        for folder in ("run", "data", "dumps"):
            (state / folder).mkdir(parents=True)
        for file in ("env", "dumps/user.dump"):
            (state / file).touch()

    @contextlib.contextmanager
    def begin(self, command: str, *more: str, stdin: int = subprocess.DEVNULL, also: str = ""):
        """In a process group of its own, as a terminal's foreground is one. `also` is shell code
        by which something else is not as it is."""
        words = [command, self.state / "dumps", *(["user"] if command == "restore" else []), *more]
        with subprocess.Popen(
                ["env", "--default-signal=INT", "bash", "-c", COMMAND, "bash", *words],
                process_group=0, text=True,
                env={**os.environ, "ROOT": str(ROOT), "MERCATO_STATE": str(self.state),
                     "ALSO": also},
                stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as begun:
            try:
                yield begun
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(begun.pid, signal.SIGKILL)

    @contextlib.contextmanager
    def held(self, name: str = "up"):
        """That lock, by default the one that `up` and `down` hold. Throws BlockingIOError where
        somebody else holds it."""
        with open(self.state / "run" / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield


@pytest.fixture
def installation(tmp_path):
    return Installation(tmp_path / "state")


both = pytest.mark.parametrize("command", ["backup", "restore"])


@both
def test_it_holds_the_lock_of_up_and_down_until_it_ends(installation, command):
    with installation.begin(command, stdin=subprocess.PIPE) as begun:
        assert begun.stdout.readline() == "asked\n"
        with pytest.raises(BlockingIOError), installation.held():
            pass
        begun.communicate("go on\n", timeout=30)
    with installation.held():
        pass


def test_nobody_starts_a_service_while_its_database_is_put_back(installation):
    with installation.begin("restore", stdin=subprocess.PIPE, also="read_dump() { :; }") as begun:
        assert "user does not run\n" in iter(begun.stdout.readline, "")
        with pytest.raises(BlockingIOError), installation.held("user"):
            pass
        with installation.held("order"):
            pass


def test_a_service_is_restored_once(installation):
    with installation.begin("restore", "user") as begun:
        printed, complaint = begun.communicate(timeout=30)
    assert (begun.returncode, printed, complaint) == (1, "", "user is named twice\n")


@both
def test_interrupted_it_lets_go_of_the_lock(installation, command):
    with installation.begin(command, stdin=subprocess.PIPE) as begun:
        assert begun.stdout.readline() == "asked\n"
        os.killpg(begun.pid, signal.SIGINT)
        assert begun.wait(timeout=30) == -signal.SIGINT
        with installation.held():
            pass


@both
def test_it_waits_for_an_up_and_says_so_beside_its_output(installation, command):
    with contextlib.ExitStack() as up:
        up.enter_context(installation.held())
        with installation.begin(command) as begun:
            assert begun.stderr.readline().startswith("waiting for another ./dev")
            up.close()
            assert begun.stdout.readline() == "asked\n"


@both
def test_where_it_waited_for_a_wipe_there_is_nothing_left_for_it(installation, command):
    with contextlib.ExitStack() as wiper:
        wiper.enter_context(installation.held())
        with installation.begin(command) as begun:
            assert begun.stderr.readline().startswith("waiting for another ./dev")
            shutil.rmtree(installation.state)
            wiper.close()
            printed, complaint = begun.communicate(timeout=30)
    assert begun.returncode == 1 and printed == ""
    assert complaint.startswith("nothing has been set up")
