"""The fixture that brings up one system for all tests of a run, and wipes it afterwards."""

import os
import pathlib

import pytest
from system import System

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="session")
def system(tmp_path_factory):
    running = os.environ.get("MERCATO_E2E_STATE")
    system = System(ROOT, pathlib.Path(running or tmp_path_factory.mktemp("mercato") / "state"))
    system.up(RATE_LIMITS="off")
    yield system
    if not running:
        system.dev("down", "--wipe")
