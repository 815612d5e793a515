"""Each way in which the four databases may disagree is named, and agreement is not."""

import pytest
from invariants import (
    Order, Payment, Reservation, Stock, ledger_breaks, order_breaks, still_broken, stock_breaks)


def an_order(**changes) -> Order:
    return Order(**{"id": "o1", "status": "confirmed", "total": 300, "currency": "GBP",
                    "refunded": 0, "lines": {"p1": (3, 100)}, **changes})


def a_reservation(**changes) -> Reservation:
    return Reservation(**{"order_id": "o1", "status": "committed", "lines": {"p1": (3, 0)},
                          "prices": {"p1": 100}, **changes})


def a_payment(**changes) -> Payment:
    return Payment(**{"id": "y1", "order_id": "o1", "status": "captured", "amount": 300,
                      "currency": "GBP", "captured": 300, "refunded": 0, **changes})


def broken(order=None, reservation=None, *payments) -> list[str]:
    return [b.invariant for b in order_breaks(
        {order.id: order} if order else {},
        {reservation.order_id: reservation} if reservation else {}, list(payments))]


def test_a_sold_order_with_its_stock_and_money_is_whole():
    assert broken(an_order(), a_reservation(), a_payment()) == []
    assert broken(an_order(refunded=100), a_reservation(lines={"p1": (3, 1)}),
                  a_payment(refunded=100, status="partially_refunded")) == []


def test_what_the_bank_took_of_an_undone_order_need_not_be_given_back():
    kept = a_payment(charged_back=300)
    assert broken(an_order(status="cancelled", refunded=300), a_reservation(status="released"),
                  kept) == []
    assert broken(an_order(status="cancelled"), a_reservation(status="released"), kept) == ["I2"]
    assert broken(an_order(), a_reservation(), kept) == []


@pytest.mark.parametrize("refunded", [30, 300])
def test_what_the_bank_took_of_a_refunded_payment_is_a_loss_and_no_break(refunded):
    twice = a_payment(status="refunded", refunded=refunded, charged_back=300)
    assert broken(an_order(status="cancelled", refunded=300), a_reservation(status="released"),
                  twice) == []


@pytest.mark.parametrize("status", ["rejected", "cancelled"])
def test_an_undone_order_has_given_everything_back(status):
    order = an_order(status=status)
    repaid = an_order(status=status, refunded=300)
    assert broken(an_order(status=status, total=None, lines={"p1": (3, None)})) == []
    assert broken(order, a_reservation(status="released"),
                  a_payment(status="voided", captured=0)) == []
    assert broken(repaid, a_reservation(lines={"p1": (3, 3)}),
                  a_payment(status="refunded", refunded=300)) == []
    assert broken(order, a_reservation(lines={"p1": (3, 3)}),
                  a_payment(status="refunded", refunded=300)) == ["I2"]
    assert broken(order, a_reservation(status="held")) == ["I6"]
    assert broken(order, a_reservation(status="committed")) == ["I6"]
    assert broken(order, None, a_payment(status="authorized", captured=0)) == ["I6"]
    assert broken(order, None, a_payment()) == ["I6"]


def test_a_sold_order_without_stock_or_money_is_named():
    assert broken(an_order(), None, a_payment()) == ["I6"]
    assert broken(an_order(), a_reservation(status="held"), a_payment()) == ["I6"]
    assert broken(an_order(), a_reservation(lines={"p1": (2, 0)}, prices={"p1": 100}),
                  a_payment()) == ["I6"]
    assert broken(an_order(), a_reservation()) == ["I6"]
    assert broken(an_order(), a_reservation(), a_payment(status="authorized", captured=0)) == ["I6"]


def test_a_double_charge_is_named():
    assert "I2" in broken(an_order(), a_reservation(), a_payment(), a_payment(id="y2"))
    assert broken(an_order(), a_reservation(), a_payment(id="y2", status="declined", captured=0),
                  a_payment()) == []
    assert "I2" in broken(an_order(), a_reservation(), a_payment(captured=600))
    assert "I2" in broken(an_order(), a_reservation(), a_payment(refunded=100))
    assert "I2" in broken(None, None, a_payment())


def test_a_total_that_nobody_asked_is_named():
    assert broken(an_order(lines={"p1": (3, 99)}), a_reservation(), a_payment()) == ["I9"]
    assert broken(an_order(), a_reservation(prices={"p1": 99}), a_payment()) == ["I9"]
    assert broken(an_order(), a_reservation(), a_payment(amount=299)) == ["I9"]
    assert broken(an_order(), a_reservation(), a_payment(currency="EUR")) == ["I9"]


def test_what_is_still_worked_on_is_no_break_but_what_nobody_works_on_is():
    owed = frozenset({"capture"})
    assert broken(an_order(owed=owed), a_reservation(),
                  a_payment(status="authorized", captured=0)) == []
    assert broken(an_order(status="pending", owed=frozenset({"checkout"}))) == []
    assert broken(an_order(status="pending")) == ["I5"]
    assert broken(an_order(status="cancelling")) == ["I5"]
    assert broken(an_order(owed=owed, parked="impossible prices")) == ["I5"]


@pytest.mark.parametrize("state", [{"owed": frozenset({"capture"})},
                                   {"owed": frozenset({"checkout"}), "status": "pending"},
                                   {"owed": frozenset({"undo"}), "status": "cancelling"}])
def test_work_on_an_order_is_no_reason_for_its_payment_to_be_missing(state):
    order = an_order(payment_id="y1", **state)
    assert broken(order, a_reservation()) == ["I6"]
    assert broken(order, a_reservation(), a_payment(status="authorized", captured=0)) == []
    assert broken(an_order(**state), a_reservation()) == []


@pytest.mark.parametrize("status", ["rejected", "cancelled"])
def test_an_undone_order_keeps_its_payment(status):
    undone = an_order(status=status, payment_id="y1")
    released = a_reservation(status="released")
    assert broken(undone, released) == ["I6"]
    assert broken(undone, released, a_payment(status="voided", captured=0)) == []
    assert broken(an_order(status=status), released) == []


def test_stock_held_for_an_order_that_does_not_exist_is_named():
    assert broken(None, a_reservation()) == ["I6"]
    assert broken(None, a_reservation(status="released")) == []


@pytest.mark.parametrize("stock, breaks", [
    (Stock("p1", 10, 3, moved=10, held=3), 0),
    (Stock("p1", 10, 3, moved=11, held=3), 1),
    (Stock("p1", 10, 3, moved=10, held=2), 1),
    (Stock("p1", 2, 3, moved=2, held=3), 1),
])
def test_stock_agrees_with_its_movements_and_reservations(stock, breaks):
    found = stock_breaks([stock])
    assert len(found) == breaks
    assert all(b.invariant == "I1" and "p1" in str(b) for b in found)


def test_a_journal_sums_to_zero():
    assert ledger_breaks([("j1", "GBP", 0)]) == []
    assert [str(b) for b in ledger_breaks([("j1", "GBP", 1)])] == [
        "I3  journal j1: its entries in GBP sum to 1"]


@pytest.mark.parametrize("before, now", [
    ({"on_hand": 5, "moved": 6}, {"on_hand": 3, "moved": 4}),
    ({"reserved": 1}, {"reserved": 3, "held": 2}),
    ({"on_hand": 1, "moved": 1, "reserved": 2, "held": 2},
     {"on_hand": 2, "moved": 2, "reserved": 4, "held": 4}),
])
def test_a_break_is_the_same_one_while_the_shop_sells(before, now):
    def look(**changes) -> set:
        return set(stock_breaks([Stock(**{"product_id": "p1", "on_hand": 9, "reserved": 0,
                                          "moved": 9, "held": 0, **changes})]))
    assert still_broken(look(**before), look(**now)) == look(**now) != set()
    assert [str(found) for found in still_broken(look(**before), look(**now))] == [
        str(found) for found in look(**now)]
    assert still_broken(look(**before), look()) == set()


def test_two_breaks_of_one_product_are_told_apart():
    on_hand, = stock_breaks([Stock("p1", on_hand=5, reserved=0, moved=6, held=0)])
    reserved, = stock_breaks([Stock("p1", on_hand=5, reserved=0, moved=5, held=1)])
    assert still_broken({on_hand}, {reserved}) == set()


def test_refunds_that_differ_go_on_differing_while_more_is_refunded():
    def look(refunded: int, known: int) -> set:
        return set(order_breaks({"o1": an_order(refunded=known)}, {"o1": a_reservation()},
                                [a_payment(refunded=refunded)]))
    assert still_broken(look(100, 0), look(200, 100)) == look(200, 100) != set()
