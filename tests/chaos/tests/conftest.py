"""Lets the tests import the programs beside this folder."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[3]
for folder in (ROOT / "deploy" / "local", ROOT / "tests" / "e2e", ROOT / "tests" / "chaos"):
    sys.path.insert(0, str(folder))
