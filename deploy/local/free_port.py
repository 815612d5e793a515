"""A port on loopback that nobody listens on, for whatever is started beside an installation."""

import socket


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
