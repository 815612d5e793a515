"""Runs on one commit add up, and what they prove is said beside them."""

import results


def test_sums_are_kept_between_runs(tmp_path):
    path = tmp_path / "chaos" / "abc.json"
    assert results.load(path) == results.Tally()
    tally = results.Tally(deaths=200, points=150, storm_kills=20, storm_orders=700,
                          faults={"edges": 7}, orders=1000)
    results.save(path, tally)
    assert results.load(path) == tally


def test_the_bound_is_three_over_n():
    assert "below 0.015 each" in results.upper_bound(200)
    assert results.upper_bound(0) == "nothing was tried"


def test_with_a_violation_nothing_is_bounded():
    assert "below" in str(results.Tally(deaths=10, orders=10))
    assert "below" not in str(results.Tally(deaths=10, orders=10, violations=1))
