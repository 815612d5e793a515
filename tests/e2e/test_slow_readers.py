"""What a stranger can make the gateway hold by not reading what he asked for."""

import contextlib
import json
import socket

import pytest
from lone_gateway import LoneGateway, StandIn
from system import await_true

READERS = 200
# What one of them holds at worst, of which deploy/local/tests/test_gateway_room.py makes the sum.
READER_KIB = 160
JSON = {"Content-Type": "application/json"}


def long_lists(request):
    """A catalog whose descriptions are as long as they may be."""
    each = {"id": "a", "name": "A mug", "description": "d" * 10_000}
    page = [each] * (100 if "limit=100" in request.path else 12)
    return 200, JSON, json.dumps({"data": page, "next_cursor": None}).encode()


def reluctant_reader(gateway: LoneGateway, request: bytes,
                     longest_segment: int = 1460) -> socket.socket:
    """Asks, and takes a byte of the answer: little more is on its way, and the rest waits. The
    longer segments may be, the more of it the kernel takes from the gateway.
    """
    connection = socket.socket()
    connection.settimeout(15)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, longest_segment)
    connection.connect(gateway.target.address)
    connection.sendall(request)
    assert connection.recv(1) == b"H"
    return connection


# The second has njs read its lines of Cache-Control, and passes the cache by.
@pytest.mark.parametrize(("path", "line"), [
    ("/api/v1/storefront", ""),
    ("/api/v1/products?limit=100", "Cache-Control: no-cache\r\n")])
def test_an_answer_that_nobody_reads_takes_little_memory(path, line):
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{line}X-Much: {'a' * 15000}\r\n\r\n".encode()
    with StandIn(long_lists) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway, \
            contextlib.ExitStack() as readers:
        readers.enter_context(reluctant_reader(gateway, request))
        before = gateway.worker_memory_kib()
        for _ in range(READERS):
            readers.enter_context(reluctant_reader(gateway, request))
        await_true(lambda: gateway.worker_memory_kib() - before < READERS * READER_KIB, 10,
                   "what the answers were put together with is given back")
        assert gateway.call("GET", path)[0] == 200


def test_the_kernel_keeps_little_of_what_nobody_reads():
    """What it took counts as sent, and the next request has its turn."""
    request = b"GET /api/v1/products HTTP/1.1\r\nHost: x\r\nCache-Control: no-cache\r\n\r\n"
    with StandIn(long_lists) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway, \
            reluctant_reader(gateway, request * 30, longest_segment=32_000):
        # Meanwhile its only worker would have had time for all thirty.
        for _ in range(60):
            assert gateway.call("GET", "/api/v1/products?limit=1")[0] == 200
        assert [each.path for each in catalog.asked].count("/api/v1/products") == 1
