"""An installation in which every hop that can be encrypted is: ./dev up --tls."""

import contextlib
import re
import socket
import ssl
import subprocess
import urllib.parse

import pytest
from installation import SERVICES
from system import System


@pytest.fixture(scope="module")
def encrypted(system, tmp_path_factory):
    """One of its own, beside the one that the other tests share."""
    other = System(system.root, tmp_path_factory.mktemp("mercato-tls") / "state")
    other.up("--tls", RATE_LIMITS="off")
    yield other
    other.dev("down", "--wipe")


def handshake(encrypted, url: str, **settings) -> ssl.SSLSocket:
    """A connection by TLS that believes the installation's authority."""
    context = ssl.create_default_context(cafile=encrypted.env["GATEWAY_AUTHORITY"])
    if "alpn" in settings:
        context.set_alpn_protocols(settings["alpn"])
    if "most" in settings:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = settings["most"]
    parts = urllib.parse.urlsplit(url)
    plain = socket.create_connection((parts.hostname, parts.port), timeout=10)
    return context.wrap_socket(plain, server_hostname=parts.hostname)


def test_a_checkout_works_with_every_hop_encrypted(encrypted):
    assert encrypted.env["GATEWAY_URL"].startswith("https://")
    buyer = encrypted.buyer()
    placed = encrypted.place(buyer, encrypted.order_body(encrypted.product()))
    assert placed.status == 201 and placed.json()["status"] == "confirmed"
    encrypted.await_paid(buyer, placed.json()["id"], "captured")
    assert buyer.call("GET", "/api/v1/storefront", expect=(200,)).json()["degraded"] == []
    assert encrypted.anonymous().call("GET", "/readyz", expect=(200,)).json()["status"] == "ok"
    answer = encrypted.anonymous().call("GET", "/healthz")
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_top_shows_services_that_speak_tls(encrypted):
    done = encrypted.dev("top", "--once", "--every", "0.5")
    assert done.returncode == 0, done.stdout
    for name in SERVICES:
        assert re.search(rf"^{name} +\d", done.stdout, re.M), done.stdout


def test_the_gateway_speaks_http_2_and_no_old_tls(encrypted):
    url = encrypted.env["GATEWAY_URL"]
    with handshake(encrypted, url, alpn=["h2", "http/1.1"]) as connection:
        assert connection.selected_alpn_protocol() == "h2"
        assert connection.version() in ("TLSv1.2", "TLSv1.3")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(encrypted, url, most=ssl.TLSVersion.TLSv1_1)
    authority = encrypted.env["GATEWAY_AUTHORITY"]
    answer = subprocess.run(["curl", "-s", "--http2", "--cacert", authority,
                             "-w", "\n%{http_version} %{http_code}", f"{url}/api/v1/products"],
                            capture_output=True, text=True, timeout=20, check=True)
    assert answer.stdout.endswith("\n2 200")


def test_nobody_answers_in_the_clear(encrypted):
    for name in ("GATEWAY", *(service.upper() for service in SERVICES)):
        parts = urllib.parse.urlsplit(encrypted.env[f"{name}_URL"])
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(b"GET /api/v1/products HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = connection.recv(4096)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), (name, answer)


def test_each_service_proves_who_it_is(encrypted):
    for service in SERVICES:
        with handshake(encrypted, encrypted.env[f"{service.upper()}_URL"]) as connection:
            names = [value for kind, value in connection.getpeercert()["subjectAltName"]]
            assert service in names


def test_redis_is_spoken_to_by_tls_alone(encrypted):
    url = encrypted.env["REDIS_URL"]
    parts = urllib.parse.urlsplit(url)
    assert parts.scheme == "rediss"
    with handshake(encrypted, url) as connection:
        connection.sendall(b"XLEN events.order\r\n")
        # Events of the order above: the services got through.
        assert int(connection.recv(64).strip(b":\r\n")) > 0
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(b"PING\r\n")
        with contextlib.suppress(ConnectionError):
            assert not connection.recv(64).startswith(b"+PONG")


def test_every_connection_to_a_database_is_encrypted(encrypted):
    for service in SERVICES:
        assert "sslmode=verify-full" in encrypted.env[f"{service.upper()}_DATABASE_URL"]
        rows = encrypted.query(service, "SELECT s.ssl, s.version FROM pg_stat_ssl s"
                               " JOIN pg_stat_activity a USING (pid)"
                               " WHERE a.client_addr IS NOT NULL")
        assert rows and all(used and version >= "TLSv1.2" for used, version in rows), rows
