"""Which deaths a service has ahead of it is decided by a seed, and every point has its turn."""

from points import ARMED_AT_ONCE, Ahead, Death, setting

POINTS = [f"sql:{number}:before" for number in range(20)]


def die_at_the_first(ahead: Ahead, times: int) -> list[Death]:
    return [ahead.died_at(ahead.armed[0].point) for _ in range(times)]


def test_a_seed_tells_the_same_deaths_again():
    assert die_at_the_first(Ahead("order", POINTS, 1), 50) == die_at_the_first(
        Ahead("order", POINTS, 1), 50)
    assert die_at_the_first(Ahead("order", POINTS, 1), 50) != die_at_the_first(
        Ahead("order", POINTS, 2), 50)


def test_every_point_has_its_turn_before_one_comes_again():
    assert {death.point for death in die_at_the_first(Ahead("order", POINTS, 1), 20)} == set(POINTS)


def test_some_are_armed_at_once_and_the_others_stay_armed():
    ahead = Ahead("order", POINTS, 1)
    assert len(ahead.armed) == ARMED_AT_ONCE
    kept = ahead.armed[1:]
    ahead.died_at(ahead.armed[0].point)
    assert ahead.armed[:-1] == kept and len(ahead.armed) == ARMED_AT_ONCE


def test_what_is_not_reached_in_time_is_not_tried_again():
    ahead = Ahead("order", POINTS, 1)
    unreached = {death.point for death in ahead.armed}
    ahead.reached_none()
    died = die_at_the_first(ahead, 40)
    assert {death.point for death in died} == set(POINTS) - unreached
    assert ahead.rare == unreached


def test_nothing_is_armed_when_no_point_is_left():
    ahead = Ahead("order", POINTS[:3], 1)
    ahead.reached_none()
    assert ahead.armed == []


def test_a_death_at_a_point_that_was_armed_before_is_one_too():
    ahead = Ahead("order", POINTS, 1)
    before = ahead.armed[0].point
    ahead.reached_none()
    assert ahead.died_at(before).point == before and before not in ahead.rare


def test_the_setting_names_all_that_is_armed():
    armed = [Death("order", "sql:a:before", 2), Death("order", "commit:b:after", 1)]
    assert setting(armed) == "sql:a:before@2=kill;commit:b:after@1=kill"
