import bench_against


def costing(*costs: float):
    """An installation whose checkouts cost so much, round after round."""
    left = list(costs)
    return lambda: {"checkout": left.pop(0)}


def test_the_first_round_does_not_count():
    pairs = bench_against.compare(costing(90, 2, 2, 2), costing(1, 1, 1, 1), 3)
    assert pairs == [({"checkout": 2}, {"checkout": 1})] * 3


def test_one_bad_round_decides_nothing(capsys):
    pairs = bench_against.compare(costing(1, 1, 5, 1), costing(1, 1, 1, 1), 3)
    assert bench_against.show(pairs) == []
    assert "too much" not in capsys.readouterr().out


def test_a_slow_minute_of_the_machine_meets_both():
    pairs = bench_against.compare(costing(1, 1, 3, 2), costing(1, 1, 3, 2), 3)
    assert bench_against.ratios(pairs) == {"checkout": 1}


def test_what_costs_a_fifth_more_is_named(capsys):
    pairs = bench_against.compare(costing(1.2, 1.2, 1.2, 1.2), costing(1, 1, 1, 1), 3)
    assert bench_against.show(pairs) == ["checkout"]
    assert "too much" in capsys.readouterr().out
