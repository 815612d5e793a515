"""What ./dev makes of processes that were killed, frozen, mistaken or left behind.

Redis and one PostgreSQL cluster stand for all: they need no build.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from bare_installation import BareInstallation


ROOT = pathlib.Path(__file__).parents[3]


class Installation(BareInstallation):
    def query(self, sql: str) -> str:
        url = (self.state / "secrets" / "order-database-url").read_text()
        return subprocess.run(["psql", url, "-qAtc", sql], check=True, capture_output=True,
                              text=True).stdout.strip()


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    installation = Installation(tmp_path_factory.mktemp("state"))
    installation.prepare()
    assert installation.dev("start", "redis").returncode == 0
    assert installation.dev("start", "order-db").returncode == 0
    yield installation
    installation.dev("down", "--wipe")


def test_words_that_mean_nothing_are_answered_by_how_it_is_used(installation):
    for words in (("events", "bury"), ("events", "redrive"), ("orders",), ("orders", "--lost"),
                  ("status", "redis")):
        done = installation.dev(*words)
        assert done.returncode == 2 and done.stdout.startswith("Usage: ./dev"), words


def is_gone(pid: int) -> bool:
    """Nothing there, or only a zombie."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def await_true(condition, what: str) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_a_killed_process_is_down_and_starts_again(installation):
    before = installation.pid("redis")
    os.kill(before, signal.SIGKILL)
    await_true(lambda: is_gone(before), "redis lives on")
    assert installation.dev("status").returncode == 1
    assert "redis is ready after" in installation.dev("start", "redis").stdout
    assert installation.pid("redis") != before
    assert "runs already" in installation.dev("start", "redis").stdout


# Its first thread ends; the other waits for a line.
HEADLESS = """
import ctypes, sys, threading
threading.Thread(target=sys.stdin.readline).start()
ctypes.CDLL(None).syscall(ctypes.c_long(60 if sys.argv[1] == "x86_64" else 93), 0)
"""


def test_a_process_lives_as_long_as_any_of_its_threads():
    def is_there(pid: int) -> bool:
        return subprocess.run(["bash", "-c", 'source "$1" && read_stat "$2"', "bash",
                               ROOT / "deploy/local/processes.sh", str(pid)],
                              check=False).returncode == 0

    with subprocess.Popen([sys.executable, "-c", HEADLESS, os.uname().machine],
                          stdin=subprocess.PIPE) as process:
        await_true(lambda: is_gone(process.pid), "its first thread goes on")
        assert is_there(process.pid)
        process.stdin.close()
        # Nobody has waited for it: a zombie, and nothing but that.
        await_true(lambda: not is_there(process.pid), "it is there for ever")
        assert is_gone(process.pid)


def test_a_pid_that_went_to_a_stranger_is_not_taken_for_ours(installation):
    redis = installation.pid("redis")
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (installation.state / "run" / "redis.pid").write_text(f"{stranger.pid}\n")
        assert "does not run" in installation.dev("kill", "redis").stdout
        assert "does not run" in installation.dev("stop", "redis").stdout
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        (installation.state / "run" / "redis.pid").write_text(f"{redis}\n")
    assert "runs already" in installation.dev("start", "redis").stdout


def test_a_frozen_process_is_seen_and_goes_on(installation):
    assert installation.dev("kill", "redis", "STOP").returncode == 0
    frozen = [line for line in installation.dev("status").stdout.splitlines() if "frozen" in line]
    assert [line.split()[0] for line in frozen] == ["redis"]
    assert installation.dev("start", "redis").returncode == 0


def test_a_cluster_never_belongs_to_root(installation):
    assert os.stat(f"/proc/{installation.pid('order-db')}").st_uid != 0
    assert os.stat(installation.state / "data" / "order-db").st_uid != 0


def test_a_killed_cluster_comes_back_with_what_it_had_promised(installation):
    installation.query("CREATE TABLE promised (n int); INSERT INTO promised VALUES (42)")
    before = installation.pid("order-db")
    os.kill(before, signal.SIGKILL)
    await_true(lambda: is_gone(before), "order-db lives on")
    assert installation.dev("start", "order-db").returncode == 0
    assert installation.query("SELECT n FROM promised") == "42"


def test_a_frozen_orphan_of_a_killed_cluster_is_cleared(installation):
    session = subprocess.Popen(
        ["psql", (installation.state / "secrets" / "order-database-url").read_text(), "-qAt"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        session.stdin.write("SELECT pg_backend_pid();\n")
        session.stdin.flush()
        backend = int(session.stdout.readline())
        os.kill(backend, signal.SIGSTOP)  # it cannot notice that its postmaster dies
        assert installation.dev("kill", "order-db").returncode == 0
        assert installation.dev("start", "order-db").returncode == 0
        assert is_gone(backend)
    finally:
        session.kill()
        session.wait()


def test_secrets_are_for_their_owner_alone(installation):
    for path in (installation.state / "secrets").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert (installation.state / "env").stat().st_mode & 0o777 == 0o600


def test_unknown_names_and_commands_are_refused(installation):
    assert installation.dev("start", "nobody").returncode == 1
    assert installation.dev("frobnicate").returncode == 2
    assert installation.dev("kill").returncode == 2
    assert installation.dev("help").returncode == 0
