"""A port on loopback that nobody listens on, for whatever is started beside an installation."""

import fcntl
import os
import pathlib
import random
import socket
import tempfile

# Below the ports that outgoing connections draw from, so that what listens on one can be started
# again on it; above those of installations.
CANDIDATES = range(20_000, 32_000)

# The claims of this process, against all others that ask here or in the tests of the services:
# locks of single bytes of one file, a byte a port, that the kernel gives up with the process.
_claims = None
_given = set()


def free_port() -> int:
    """As long as this process lives nobody else is given it, nor is it given out twice."""
    for port in random.sample(CANDIDATES, len(CANDIDATES)):
        if port not in _given and _claim(port):
            _given.add(port)
            if _can_bind(port):
                return port
    raise RuntimeError("no free port")


def _claim(port: int) -> bool:
    global _claims
    if _claims is None:
        path = pathlib.Path(tempfile.gettempdir()) / f"mercato-test-ports-{os.geteuid()}"
        _claims = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
