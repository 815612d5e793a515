"""The verdict on a model is read from what spin's verifier prints."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from check import CLEAN, judge, mutants  # noqa: E402  (found through the path above)

CLEAN_RUN = "State-vector 64 byte, depth reached 1147, errors: 0\n    70795 states, stored\n"
OUT_OF_MEMORY = """\
pan: reached -DMEMLIM bound
(Spin Version 6.5.2 -- 6 December 2019)
Warning: Search not completed
State-vector 88 byte, depth reached 1842, errors: 0
   702391 states, stored
"""
VIOLATION = ("pan:1: assertion violated (free_units<=1) (at depth 40)\n"
             "State-vector 64 byte, depth reached 47, errors: 1\n      210 states, stored\n")


def test_a_clean_model_is_right_and_a_violated_one_is_not():
    assert judge(CLEAN_RUN, mutant=False) == (True, "clean, 70,795 states")
    right, what = judge(VIOLATION, mutant=False)
    assert not right and "free_units" in what


def test_a_mutant_must_be_caught():
    assert judge(VIOLATION, mutant=True)[0]
    assert judge(CLEAN_RUN, mutant=True) == (False, "NOT CAUGHT, 70,795 states")


def test_a_search_that_did_not_end_proves_nothing():
    assert not judge("error: max search depth too small\n" + CLEAN_RUN, mutant=False)[0]
    assert not judge("", mutant=True)[0]


def test_a_search_that_ran_out_of_memory_proves_nothing():
    right, what = judge(OUT_OF_MEMORY, mutant=False)
    assert not right and "MEMLIM" in what
    assert not judge(OUT_OF_MEMORY, mutant=True)[0]


def test_a_search_that_stopped_at_a_violation_names_it():
    stopped = "Warning: Search not completed\n" + VIOLATION
    assert "VIOLATED" in judge(stopped, mutant=False)[1]
    assert judge(stopped, mutant=True)[0]


def test_both_models_have_mutants_and_clean_runs():
    assert {model.file for model in mutants()} == {model.file for model in CLEAN}
    assert len(list(mutants())) >= 12
