"""The invariants of the checkout that can be read from the four databases.

They are those of docs/life-of-an-order.md. Pure: takes what the databases hold as records and names
what is broken. What is still being worked on is left out here and counted by the caller.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

SOLD = ("confirmed", "shipped", "delivered")
UNDONE = ("rejected", "cancelled")


@dataclass(frozen=True)
class Break:
    """One broken invariant, with the ids that somebody needs to look further. It is the same one
    whatever its figures say: while the shop sells, they are others each time somebody looks.
    """

    invariant: str
    what: str
    figures: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.invariant}  {self.what}" + (f": {self.figures}" if self.figures else "")


def still_broken(before: set[Break], now: set[Break]) -> set[Break]:
    """What was broken before as well, with the figures of now."""
    return {found for found in now if found in before}


@dataclass
class Stock:
    product_id: str
    on_hand: int
    reserved: int
    moved: int  # first stock + adjustments + restocks - sold, by the append-only movements
    held: int   # by reservations that are held


@dataclass
class Reservation:
    order_id: str
    status: str  # held | committed | released
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)  # product: quantity, restocked
    prices: dict[str, int] = field(default_factory=dict)             # product: unit price
    sold: dict[str, int] = field(default_factory=dict)               # product: by the movements

    @property
    def left(self) -> dict[str, int]:
        """What is still sold, by product."""
        return {product: quantity - restocked
                for product, (quantity, restocked) in self.lines.items() if quantity != restocked}


@dataclass
class Payment:
    id: str
    order_id: str
    status: str
    amount: int
    currency: str
    captured: int
    refunded: int
    charged_back: int = 0  # by the customer's bank, for good

    def given_back(self, order_status: str) -> int:
        """What the order counts as refunded: of one that is undone, what the bank took as well.
        Banks take also what was refunded before; more than was taken nobody owes."""
        if order_status not in UNDONE:
            return self.refunded
        return min(self.captured, self.refunded + self.charged_back)


@dataclass
class Order:
    id: str
    status: str
    total: int | None
    currency: str | None
    refunded: int
    lines: dict[str, tuple[int, int | None]]  # product: quantity, unit price
    owed: frozenset[str] = frozenset()        # kinds of work still to be done
    parked: str | None = None                 # why that work waits for a person
    payment_id: str | None = None             # once it was authorised

    @property
    def in_flight(self) -> bool:
        return bool(self.owed) and self.parked is None


def stock_breaks(stocks: Iterable[Stock]) -> list[Break]:
    breaks = []
    for stock in stocks:
        name = f"product {stock.product_id}"
        if stock.moved != stock.on_hand:
            breaks.append(Break("I1", f"{name}: on_hand is not what its movements sum to",
                                f"{stock.on_hand}, {stock.moved}"))
        if stock.held != stock.reserved:
            breaks.append(Break("I1", f"{name}: reserved is not what its reservations hold",
                                f"{stock.reserved}, {stock.held}"))
        if not 0 <= stock.reserved <= stock.on_hand:
            breaks.append(Break("I1", f"{name}: more is reserved than there is, or less than none",
                                f"{stock.reserved} of {stock.on_hand}"))
    return breaks


def payment_breaks(orders: dict[str, Order], payments: list[Payment]) -> list[Break]:
    """I2: nobody is charged twice, or for something else than the order."""
    breaks = []
    live: dict[str, str] = {}
    for payment in payments:
        name = f"order {payment.order_id}, payment {payment.id}"
        order = orders.get(payment.order_id)
        if payment.status not in ("voided", "declined"):
            if payment.order_id in live:
                breaks.append(Break("I2", f"{name}: payment {live[payment.order_id]} is live too"))
            live[payment.order_id] = payment.id
        if not 0 <= payment.refunded <= payment.captured:
            breaks.append(Break("I2", f"{name}: more is refunded than captured, or less than none",
                                f"{payment.refunded} of {payment.captured}"))
        if order is None:
            breaks.append(Break("I2", f"{name}: there is no such order"))
        elif order.in_flight:
            continue
        elif payment.captured not in (0, order.total):
            breaks.append(Break("I2", f"{name}: captured {payment.captured}, the total is "
                                      f"{order.total}"))
        elif payment.given_back(order.status) != order.refunded:
            breaks.append(Break("I2", f"{name}: refunded is not what the order says",
                                f"{payment.refunded}, {order.refunded}"))
    return breaks


def ledger_breaks(journals: Iterable[tuple[str, str, int]]) -> list[Break]:
    """I3, of (journal, currency, sum) where the sum is not zero."""
    return [Break("I3", f"journal {journal}: its entries in {currency} sum to {amount}")
            for journal, currency, amount in journals if amount != 0]


def liveness_breaks(orders: Iterable[Order]) -> list[Break]:
    """I5: an order that is not settled has work owed to it, and no work waits for a person."""
    breaks = []
    for order in orders:
        if order.parked is not None:
            breaks.append(Break("I5", f"order {order.id}: parked: {order.parked}"))
        elif order.status in ("pending", "cancelling") and not order.owed:
            breaks.append(Break("I5", f"order {order.id}: {order.status}, and nobody works on it"))
    return breaks


def agreement_breaks(order: Order, reservation: Reservation | None,
                     payment: Payment | None) -> list[Break]:
    """I6 of one order that nobody works on: the three services agree on how it ended."""
    name, breaks = f"order {order.id} ({order.status})", []
    if order.status in SOLD:
        if reservation is None or reservation.status != "committed":
            breaks.append(Break("I6", f"{name}: its stock is not sold but "
                                      f"{reservation.status if reservation else 'unreserved'}"))
        elif {p: q for p, (q, _) in reservation.lines.items()} != {
                p: q for p, (q, _) in order.lines.items()}:
            breaks.append(Break("I6", f"{name}: the stock sold is other than its lines"))
        if payment is None or payment.captured != order.total:
            breaks.append(Break("I6", f"{name}: its payment is "
                                      f"{payment.status if payment else 'missing'}, not captured"))
    elif order.status in UNDONE:
        if reservation is not None and (reservation.status == "held" or
                                        reservation.status == "committed" and reservation.left):
            breaks.append(Break("I6", f"{name}: its stock is still {reservation.status}"))
        if payment is not None and not (payment.status in ("voided", "declined") or
                                        payment.captured == payment.given_back(order.status) > 0):
            breaks.append(Break("I6", f"{name}: its payment is still {payment.status}"))
    return breaks


def price_breaks(order: Order, reservation: Reservation | None,
                 payment: Payment | None) -> list[Break]:
    """I9: the total is the sum of what the catalog asked when it reserved."""
    if order.total is None:
        return []
    name, breaks = f"order {order.id}", []
    lines = sum(quantity * (price or 0) for quantity, price in order.lines.values())
    if lines != order.total:
        breaks.append(Break("I9", f"{name}: total {order.total}, its lines sum to {lines}"))
    if reservation is not None and reservation.prices:
        asked = sum(quantity * reservation.prices.get(product, 0)
                    for product, (quantity, _) in order.lines.items())
        if asked != order.total:
            breaks.append(Break("I9", f"{name}: total {order.total}, the catalog asked {asked}"))
    if payment is not None and (payment.amount, payment.currency) != (order.total, order.currency):
        breaks.append(Break("I9", f"{name}: total {order.total} {order.currency}, payment over "
                                  f"{payment.amount} {payment.currency}"))
    return breaks


def order_breaks(orders: dict[str, Order], reservations: dict[str, Reservation],
                 payments: list[Payment]) -> list[Break]:
    """Everything that is said of single orders."""
    breaks = liveness_breaks(orders.values()) + payment_breaks(orders, payments)
    # The live one if there is one, else whatever came of it.
    payment_of = {p.order_id: p for p in
                  sorted(payments, key=lambda p: p.status not in ("voided", "declined"))}
    kept = {None} | {payment.id for payment in payments}
    for order in orders.values():
        worked_on = order.in_flight or order.parked is not None
        # Payments are kept for ever: neither work under way nor an undo is why one is missing. Of a
        # sold order that is said below.
        if (worked_on or order.status in UNDONE) and order.payment_id not in kept:
            breaks.append(Break("I6", f"order {order.id} ({order.status}): its payment "
                                      f"{order.payment_id} is missing"))
        if worked_on:
            continue
        reservation, payment = reservations.get(order.id), payment_of.get(order.id)
        breaks += agreement_breaks(order, reservation, payment)
        breaks += price_breaks(order, reservation, payment)
    breaks += [Break("I6", f"order {reservation.order_id}: stock is {reservation.status} for it, "
                           "and there is no such order")
               for reservation in reservations.values()
               if reservation.order_id not in orders and reservation.status != "released"]
    return breaks
