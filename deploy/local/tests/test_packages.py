"""How Debian's packages are installed: no server of theirs runs beside ours because of it.

Stand-ins for Debian's commands write down what they were called with.
"""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[3]

# INSTALLED are the packages that are there, UNITS the units that systemd knows.
STAND_INS = {
    "apt-get": 'echo "apt-get ${*: -1}" >>"$CALLS"',
    "sudo": 'exec "$@"',
    "dpkg-query": 'printf "%s installed\\n" $INSTALLED',
    "systemctl": """
        if [[ $1 != show ]]; then echo "systemctl $*" >>"$CALLS"
        elif [[ " $UNITS " == *" ${*: -1} "* ]]; then echo loaded
        else echo not-found; fi""",
}

INSTALL = """
set -euo pipefail
source "$ROOT/deploy/local/layout.sh"
source "$ROOT/deploy/local/packages.sh"
packages=(cmake postgresql redis-server nginx)
create_cluster=$HERE/createcluster
systemd_runs() { $SYSTEMD_RUNS; }
install_missing_packages
"""


@pytest.fixture
def install(tmp_path):
    (tmp_path / "bin").mkdir()
    for name, script in STAND_INS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/bash\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)

    def install(installed: str = "", units: str = "", systemd_runs: bool = True) -> list[str]:
        """What was called."""
        subprocess.run(["bash", "-c", INSTALL], check=True, env={
            **os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "ROOT": str(ROOT),
            "HERE": str(tmp_path), "CALLS": str(tmp_path / "calls"), "INSTALLED": installed,
            "UNITS": units, "SYSTEMD_RUNS": str(systemd_runs).lower()})
        calls = tmp_path / "calls"
        return calls.read_text().splitlines() if calls.exists() else []
    return install


def test_what_is_installed_is_no_server_of_the_machine(install, tmp_path):
    assert install() == ["systemctl mask redis-server.service nginx.service",
                         "apt-get update", "apt-get nginx"]
    told = (tmp_path / "createcluster.d" / "mercato.conf").read_text()
    assert told.startswith("create_main_cluster = false")


def test_a_server_that_was_there_before_stays_as_it_is(install, tmp_path):
    (tmp_path / "createcluster.conf").touch()
    assert install(installed="redis-server", units="nginx.service redis-server.service") == [
        "apt-get update", "apt-get nginx"]
    assert not (tmp_path / "createcluster.d").exists()


def test_without_systemd_packages_are_installed_and_nothing_else(install, tmp_path):
    assert install(systemd_runs=False) == ["apt-get update", "apt-get nginx"]
    assert not (tmp_path / "createcluster.d").exists()


def test_where_nothing_is_missing_nothing_is_done(install):
    assert install(installed="cmake postgresql redis-server nginx") == []
