"""What `up` writes for scripts is the same to every reader, whatever the checkout's path holds."""

import os
import pathlib
import subprocess
import urllib.parse

import installation
import psycopg2.extensions
import pytest
from bare_installation import BareInstallation


def write(state: pathlib.Path, tls: str) -> pathlib.Path:
    bare = BareInstallation(state)
    state.mkdir()
    (state / "tls").write_text(f"{tls}\n")
    bare.prepare(LC_ALL="C")
    return state


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> pathlib.Path:
    return write(tmp_path_factory.mktemp("state") / "Ada's shöp & more; 100 %", "on")


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_that_sources_it_has_every_value(state, shell):
    sourced = subprocess.run([shell, "-ec", "set -a; . ./env; env -0"], cwd=state, env={
        "PATH": os.environ["PATH"]}, check=True, capture_output=True)
    assert sourced.stderr == b""
    values = dict(pair.split("=", 1) for pair in sourced.stdout.decode().split("\0") if pair)
    written = installation.read_env(state / "env")
    assert {name: values.get(name) for name in written} == written
    assert written["GATEWAY_AUTHORITY"] == str(state / "secrets" / "authority.pem")


def test_a_database_address_names_the_authority_to_whatever_reads_it(state):
    url = installation.read_env(state / "env")["ORDER_DATABASE_URL"]
    assert url == (state / "secrets" / "order-database-url").read_text()
    authority = str(state / "secrets" / "authority.pem")
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(url).query, strict_parsing=True) == {
        "sslmode": ["verify-full"], "sslrootcert": [authority]}
    assert psycopg2.extensions.parse_dsn(url)["sslrootcert"] == authority


def test_what_needs_no_quotes_has_none(tmp_path):
    state = write(tmp_path / "state", "off")
    lines = (state / "env").read_text().splitlines()
    assert dict(line.split("=", 1) for line in lines) == installation.read_env(state / "env")


def test_services_come_by_a_socket_and_others_by_tcp_where_there_is_no_tls(tmp_path):
    state = write(tmp_path / "state", "off")
    own, others = (psycopg2.extensions.parse_dsn(url) for url in (
        (state / "secrets" / "order-database-url").read_text(),
        installation.read_env(state / "env")["ORDER_DATABASE_URL"]))
    assert (own.pop("host"), others.pop("host")) == ("@mercato", "127.0.0.1")
    assert own == others
