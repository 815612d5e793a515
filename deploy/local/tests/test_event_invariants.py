"""What the services told each other is held against what they know."""

import pytest
from event_invariants import (
    Outbox, Told, answer_breaks, contradictions, outbox_breaks, ownership_breaks, version_breaks)
from invariants import still_broken


def an_outbox(**changes) -> Outbox:
    return Outbox(**{"service": "order", "told": [Told("o1", 2, 1, 2, "order.confirmed")],
                     "numbered": 2, "first_seq": 1, "last_seq": 2, "read_to": {"catalog": 2},
                     **changes})


def names(breaks) -> list[str]:
    return [found.invariant for found in breaks]


def test_events_that_were_all_heard_are_no_break():
    assert outbox_breaks(an_outbox()) == []
    assert outbox_breaks(Outbox("user")) == []


@pytest.mark.parametrize("changes", [
    {"told": [Told("o1", 2, 1, 3, "order.shipped")]},
    {"waiting": 1},
    {"last_seq": 3},
    {"read_to": {"catalog": 1}},
    {"dead": {"catalog": 1}},
])
def test_what_is_missing_or_unheard_is_named(changes):
    assert "I8" in names(outbox_breaks(an_outbox(**changes)))


@pytest.mark.parametrize("before, now", [
    ({"told": [Told("o1", 2, 1, 3, "order.shipped")]},
     {"told": [Told("o1", 3, 1, 4, "order.delivered")]}),
    ({"waiting": 17}, {"waiting": 20}),
    ({"numbered": 3, "last_seq": 4, "read_to": {}}, {"numbered": 5, "last_seq": 6, "read_to": {}}),
    ({"last_seq": 50, "numbered": 50}, {"last_seq": 120, "numbered": 120}),
    ({"dead": {"catalog": 1}}, {"dead": {"catalog": 2}}),
])
def test_what_stays_missing_or_unheard_is_the_same_while_more_is_told(before, now):
    looks = [set(outbox_breaks(an_outbox(**changes))) for changes in (before, now)]
    assert still_broken(*looks) == looks[1] != set()
    assert [str(found) for found in still_broken(*looks)] == [str(found) for found in looks[1]]


def test_a_listener_who_merely_lags_is_no_lasting_break():
    looks = [set(outbox_breaks(an_outbox(numbered=last, last_seq=last, read_to={"catalog": read})))
             for read, last in ((50, 60), (70, 80))]
    assert all(looks) and still_broken(*looks) == set()


def test_what_changes_all_the_time_is_no_lasting_break_unless_nothing_more_is_told():
    def look(told: int, version: int) -> set:
        return set(version_breaks(an_outbox(told=[Told("o1", told, 1, told, "x")]),
                                  {"o1": version}))
    assert still_broken(look(2, 3), look(4, 5)) == set()
    assert still_broken(look(2, 3), look(2, 5)) == look(2, 5) != set()


def test_old_events_may_be_pruned():
    assert outbox_breaks(an_outbox(told=[Told("o1", 1, 4, 4, "order.shipped")], numbered=1,
                                   first_seq=2)) == []


def test_a_change_that_was_not_told_is_named():
    assert version_breaks(an_outbox(), {"o1": 2, "pruned": 7}) == []
    assert names(version_breaks(an_outbox(), {"o1": 3})) == ["I8"]


def test_the_last_word_is_how_it_is():
    assert contradictions(an_outbox(), {"o1": "confirmed"}) == []
    assert contradictions(an_outbox(), {"o1": "cancelling"}) == []
    assert names(contradictions(an_outbox(), {"o1": "rejected"})) == ["I11"]
    voided = an_outbox(told=[Told("y1", 2, 1, 2, "payment.voided")])
    assert names(contradictions(voided, {"y1": "captured"})) == ["I11"]


def test_one_person_asks_owns_and_pays():
    assert ownership_breaks({"o1": "ada"}, {"o1": "ada"}, [("o1", "ada")]) == []
    assert names(ownership_breaks({"o1": "ada"}, {"o1": "bob"}, [("o1", "eve")])) == ["I10", "I10"]


def test_an_acknowledged_order_that_is_gone_is_named():
    assert answer_breaks(["o1"], {"o1": None}) == []
    assert names(answer_breaks(["o1"], {})) == ["I4"]
