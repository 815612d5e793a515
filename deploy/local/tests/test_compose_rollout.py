"""deploy/compose/rollout, before a stand-in for Docker that writes down what it is asked to do."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[3]

DOCKER = """#!/bin/bash
case " $* " in
  *' version '*) ;;
  *' config --services '*)
    printf '%s\\n' gateway psp order order-migrate order-db order-db-observer ;;
  *' ps --quiet '*)
    if grep -q ' up ' "$CALLS"; then printf 'new\\nold\\n'; else printf 'old\\n'; fi ;;
  *' inspect '*) printf 'running healthy\\n' ;;
  *) echo " ${*/*docker-compose.yml/FILE} " >>"$CALLS" ;;
esac
"""


@pytest.fixture
def rollout(tmp_path):
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()

    def rollout(name: str) -> tuple[int, list[str]]:
        """How it ended, and what was done."""
        done = subprocess.run([ROOT / "deploy/compose/rollout", name], check=False, env={
            **os.environ, "PATH": f"{docker.parent}:{os.environ['PATH']}", "CALLS": str(calls)})
        return done.returncode, [line.strip() for line in calls.read_text().splitlines()]
    return rollout


def test_a_service_is_migrated_and_replaced(rollout):
    assert rollout("order") == (0, [
        "compose --file FILE run --rm --no-deps order-migrate",
        "compose --file FILE up --detach --no-deps --no-build --no-recreate --scale order=2 order",
        "stop -t 60 old", "rm --volumes old"])


@pytest.mark.parametrize("name", ["order-db", "psp", "gateway", "order-migrate", "nobody", "",
                                  "."])
def test_of_anything_else_no_second_one_is_started(rollout, name):
    status, done = rollout(name)
    assert status != 0 and done == []
