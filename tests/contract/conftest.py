"""One installation for all contract tests: each provider in it is the real binary.

MERCATO_E2E_STATE=DIR uses an installation that runs already (started with RATE_LIMITS=off).
"""

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
for folder in ("deploy/local", "tests/openapi", "tests/e2e", "tests/contract"):
    sys.path.insert(0, str(ROOT / folder))

from system import ADDRESS, System  # noqa: E402  (found through the path above)


@pytest.fixture(scope="session")
def system(tmp_path_factory):
    running = os.environ.get("MERCATO_E2E_STATE")
    system = System(ROOT, pathlib.Path(running or tmp_path_factory.mktemp("mercato") / "state"))
    system.up(RATE_LIMITS="off")
    buyer = system.buyer()
    address = buyer.call("POST", "/api/v1/users/me/addresses", ADDRESS, expect=(201,)).json()
    system.contract_buyer = buyer
    system.contract_values = {
        "user": buyer.call("GET", "/api/v1/users/me", expect=(200,)).json()["id"],
        "address": address["id"],
        "product": system.product(on_hand=1000)["id"],
    }
    yield system
    if running:
        system.up()  # consumers took the place of their services
    else:
        system.dev("down", "--wipe")


def pytest_collection_modifyitems(items):
    """Consumers are tried last: they take the place of their own service in the installation."""
    items.sort(key=lambda item: "test_consumers" in item.nodeid)
