"""A port that is given out is nobody else's, also while nobody listens on it."""

import pathlib
import subprocess
import sys

import free_port
import pytest

FOLDER = pathlib.Path(free_port.__file__).parent


def asked_elsewhere(port: int) -> int:
    """What another process ends with, for which this port is the only one there is."""
    asking = f"import free_port as f; f.CANDIDATES = range({port}, {port + 1}); f.free_port()"
    return subprocess.run([sys.executable, "-c", asking], cwd=FOLDER, stderr=subprocess.DEVNULL,
                          check=False).returncode


def test_a_port_is_given_to_one_process():
    holding = "import free_port as f; print(f.free_port(), flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", holding], cwd=FOLDER, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    port = int(holder.stdout.readline())
    assert asked_elsewhere(port) == 1
    holder.communicate("\n")
    assert asked_elsewhere(port) == 0


def test_a_process_is_not_given_a_port_twice(monkeypatch):
    first = free_port.free_port()
    monkeypatch.setattr(free_port, "CANDIDATES", range(first, first + 1))
    with pytest.raises(RuntimeError):
        free_port.free_port()
