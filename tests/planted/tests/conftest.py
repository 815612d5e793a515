"""Lets the tests import the list beside this folder."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
