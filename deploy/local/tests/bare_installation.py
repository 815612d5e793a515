"""An installation of which nothing runs yet, by the shell functions of ./dev: it needs no build."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parents[3]

FUNCTIONS = """
set -euo pipefail
source "$ROOT/deploy/local/layout.sh"
source "$ROOT/deploy/local/control.sh"
umask 077
mkdir -p "$run"
"""
# What `up` does before it starts anything.
PREPARE = """
mkdir -p "$log" "$data/redis" "$data/psp"
choose_ports
make_secrets
write_database_urls
write_environments
write_env
"""


class BareInstallation:
    def __init__(self, state: pathlib.Path):
        self.state = state
        self.environment = {**os.environ, "MERCATO_STATE": str(state), "ROOT": str(ROOT)}

    def shell(self, script: str, **settings: str) -> subprocess.CompletedProcess:
        """Runs it among the functions of ./dev, with settings beside the environment's."""
        return subprocess.run(["bash", "-c", FUNCTIONS + script], text=True, timeout=60,
                              env={**self.environment, **settings},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def prepare(self, then: str = "", **settings: str) -> None:
        done = self.shell(PREPARE + then, **settings)
        assert done.returncode == 0, done.stdout

    def dev(self, *words: str) -> subprocess.CompletedProcess:
        """Reads the output to its end, so that a process which kept it open would be noticed."""
        return subprocess.run([ROOT / "dev", *words], env=self.environment, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def pid(self, name: str) -> int:
        return int((self.state / "run" / f"{name}.pid").read_text() or 0)
