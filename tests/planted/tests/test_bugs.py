"""Each bug can still be planted: what it changes is where it is said to be."""

import pathlib

import pytest
from bugs import BUGS

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_what_is_changed_stands_there_once(bug):
    assert (ROOT / bug.file).read_text(encoding="utf-8").count(bug.old) == 1


def test_there_are_ten():
    assert len({bug.name for bug in BUGS}) == 10
