"""One running system for all end-to-end tests, in a state folder and on ports of its own.

MERCATO_E2E_STATE=DIR uses an installation that runs already (started with RATE_LIMITS=off).
"""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "local"))
sys.path.insert(0, str(ROOT / "tests" / "openapi"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from running_system import system  # noqa: E402, F401  (a fixture, found through the path above)


@pytest.fixture
def admin(system):
    return system.admin()


@pytest.fixture
def buyer(system):
    return system.buyer()


def pytest_collection_modifyitems(items):
    """What is owed at rest is looked at after everything else has happened."""
    items.sort(key=lambda item: "test_reconcile" in item.nodeid)
