"""Needs a Docker engine and the images (`docker compose build`), and builds what is missing.

Each of the two installations has names and a port of its own, and is gone afterwards.
"""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
for folder in ("deploy/local", "tests/openapi", "tests/e2e", "tests/containers"):
    sys.path.insert(0, str(ROOT / folder))

from engine import engine_runs, remove_images  # noqa: E402  (found through the path above)


def pytest_collection_modifyitems(items):
    if engine_runs():
        return
    for item in items:
        item.add_marker(pytest.mark.skip(reason="no Docker engine runs here"))


@pytest.fixture(scope="module")
def next_tag(request):
    """The tag of the images that a module makes; they are gone afterwards."""
    tag = f"next-{request.module.__name__}"
    yield tag
    remove_images(tag)
