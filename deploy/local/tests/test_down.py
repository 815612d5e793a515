"""What `down --wipe` leaves behind, and what it is to those who wait for it."""

import fcntl
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[3]


def environment(state: pathlib.Path) -> dict[str, str]:
    return {**os.environ, "MERCATO_STATE": str(state), "ROOT": str(ROOT)}


def wipe(state: pathlib.Path) -> str:
    done = subprocess.run([ROOT / "dev", "down", "--wipe"], env=environment(state), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return done.stdout.splitlines()[-1]


def write(file: pathlib.Path) -> pathlib.Path:
    file.parent.mkdir(parents=True)
    file.write_text("everything about everybody")
    return file


def test_a_wipe_leaves_nothing_of_a_restore_that_was_killed(tmp_path):
    write(tmp_path / "state" / "data" / "restore.Ab12Cd" / "user.sql")
    (tmp_path / "state" / ".env.new").write_text("ADMIN_PASSWORD='secret'")
    (tmp_path / "state" / "backup").mkdir()
    assert wipe(tmp_path / "state") == "all data and secrets are gone"
    assert not (tmp_path / "state").exists()


def test_a_wipe_leaves_backups_and_says_so(tmp_path):
    dump = write(tmp_path / "backup" / "20260101T000000Z" / "user.dump")
    write(tmp_path / "data" / "mail" / "1.eml")
    assert wipe(tmp_path) == (
        f"all data and secrets are gone but for the backups in {tmp_path}/backup")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [dump]


RESTORE = """
set -euo pipefail
source "$ROOT/deploy/local/layout.sh"
source "$ROOT/deploy/local/backup.sh"
prepare_control() { :; }
read_dump() {
  cp "$2" "$3"
  kill "$$"
}
restore "$state/dumps" user
"""


def test_an_interrupted_restore_leaves_no_database_in_plain_text(tmp_path):
    write(tmp_path / "dumps" / "user.dump")
    (tmp_path / "data").mkdir()
    (tmp_path / "env").touch()
    done = subprocess.run(["bash", "-c", RESTORE], env=environment(tmp_path), check=False)
    assert done.returncode == -signal.SIGTERM
    assert not list((tmp_path / "data").iterdir())


# In the place of what comes next, says what is there and holds the lock until it is told to end.
UP = """
set -euo pipefail
source "$ROOT/deploy/local/layout.sh"
source "$ROOT/deploy/local/up.sh"
install_missing_packages() {
  printf '%s\\n' "$state"/* ''
  read -r _
  exit
}
up
"""


def test_an_up_that_waited_for_a_wipe_begins_with_folders_and_a_lock_of_its_own(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with open(run / "up.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        up = subprocess.Popen(["bash", "-c", UP], env=environment(tmp_path), text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert up.stdout.readline().startswith("waiting for another ./dev")
        shutil.rmtree(run)
    made = [line.strip() for line in iter(up.stdout.readline, "\n")]
    assert made == [str(tmp_path / name) for name in ("data", "first", "log", "run")]
    with open(run / "up.lock") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    up.communicate("go on\n", timeout=10)
    assert up.returncode == 0
