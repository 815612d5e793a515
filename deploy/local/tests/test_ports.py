"""Whose ports are whose, also while nobody listens on them.

All installations of this machine share the claims, those of other tests too: so what is asked is
whether one port is another's, not which one comes next.
"""

import os
import pathlib
import socket
import subprocess

import pytest
from bare_installation import BareInstallation

CLAIMS = pathlib.Path(f"/tmp/mercato-ports-{os.geteuid()}")


class Installation(BareInstallation):
    def choose_ports(self) -> int:
        """How far they are from the defaults."""
        assert self.shell("choose_ports").returncode == 0
        lines = (self.state / "ports").read_text().splitlines()
        return int(dict(map(str.split, lines))["gateway"]) - 8080

    def finds_taken(self, offset: int) -> bool:
        return self.shell(f"claimed_by_another {offset}").returncode == 0

    def has_running(self, pid: int) -> None:
        (self.state / "run" / "redis.pid").write_text(f"{pid}\n")

    def down(self) -> None:
        (self.state / "run" / "redis.pid").unlink(missing_ok=True)
        assert self.dev("down").returncode == 0


@pytest.fixture
def first(tmp_path):
    installation = Installation(tmp_path / "first")
    yield installation
    installation.down()


@pytest.fixture
def second(tmp_path):
    installation = Installation(tmp_path / "second")
    yield installation
    installation.down()


def age(offset: int) -> None:
    os.utime(CLAIMS / str(offset), (0, 0), follow_symlinks=False)


def test_two_that_come_up_together_get_ports_of_their_own(first, second):
    offset = first.choose_ports()
    assert second.choose_ports() != offset
    assert second.finds_taken(offset) and not first.finds_taken(offset)


def test_a_killed_process_finds_its_port_again_while_others_of_it_run(first, second):
    offset = first.choose_ports()
    age(offset)
    first.has_running(os.getpid())
    assert second.finds_taken(offset)
    assert second.choose_ports() != offset


def test_nobody_holds_ports_of_which_nothing_runs_any_more(first, second):
    offset = first.choose_ports()
    age(offset)
    with subprocess.Popen(["true"]) as ended:
        pass
    first.has_running(ended.pid)
    assert not second.finds_taken(offset)


def test_down_gives_the_ports_up_at_once(first, second):
    offset = first.choose_ports()
    first.down()
    assert not second.finds_taken(offset)


SETTLE = """
source "$ROOT/deploy/local/up.sh"
any_running() { :; }
settle_ports
"""


@pytest.fixture
def older(first):
    """Its ports were chosen when there was no payment service yet."""
    first.choose_ports()
    ports = first.state / "ports"
    chosen = ports.read_text()
    ports.write_text("".join(line for line in chosen.splitlines(keepends=True)
                             if not line.startswith("payment")))
    return first, ports, dict(map(str.split, chosen.splitlines()))


def test_a_service_that_came_while_others_ran_has_ports_beside_theirs(older):
    installation, ports, chosen = older
    assert installation.shell(SETTLE).returncode == 0
    assert dict(map(str.split, ports.read_text().splitlines())) == chosen
    assert installation.shell(SETTLE).returncode == 0
    assert len(ports.read_text().splitlines()) == len(chosen)


@pytest.mark.parametrize("beside", [0, 1000])
def test_a_new_service_gets_no_port_that_is_anothers(older, beside):
    installation, ports, chosen = older
    with socket.create_server(("127.0.0.1", int(chosen["payment"]) + beside)):
        assert installation.shell(SETTLE).returncode == 1
    assert "payment " not in ports.read_text()
