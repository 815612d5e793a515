"""Lets the tests import the programs beside this folder."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[3]
for folder in ("deploy/local", "tests/openapi", "tests/e2e", "tests/chaos"):
    sys.path.insert(0, str(ROOT / folder))
