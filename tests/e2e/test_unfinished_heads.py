"""What a stranger can make the gateway hold by not saying all of what he asks for."""

import contextlib

from lone_gateway import LoneGateway
from system import await_true

CONNECTIONS = 100
# Of one at worst and at least, as both large buffers have something of it. The first is what
# deploy/local/tests/test_gateway_room.py makes the sum of.
MOST_KIB, LEAST_KIB = 48, 36
UNFINISHED = (b"GET / HTTP/1.1\r\nHost: x\r\n"
              + b"".join(b"X-%02d: %s\r\n" % (number, b"a" * 992) for number in range(31)) + b"X")


def test_an_unfinished_head_takes_little_memory():
    with LoneGateway() as gateway, contextlib.ExitStack() as connections:
        before = gateway.worker_memory_kib()
        for _ in range(CONNECTIONS):
            connections.enter_context(gateway.target.connect()).sendall(UNFINISHED)

        def of_each() -> float:
            return (gateway.worker_memory_kib() - before) / CONNECTIONS
        await_true(lambda: of_each() > LEAST_KIB, 4, "the heads are held")
        assert of_each() < MOST_KIB
        assert gateway.call("GET", "/healthz")[0] == 200


def test_a_worker_has_as_many_connections_as_it_is_told():
    with LoneGateway(GATEWAY_CONNECTIONS="64") as gateway, contextlib.ExitStack() as connections:
        for _ in range(200):
            with contextlib.suppress(OSError):  # it has none to spare
                connections.enter_context(gateway.target.connect()).sendall(UNFINISHED)
        await_true(lambda: 0 < gateway.open_sockets() <= 64 + 8, 4, "the others are turned away")
