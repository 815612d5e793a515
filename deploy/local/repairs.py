"""What has to be done to a database that was set back, by what its neighbours know.

Pure, like invariants.py: takes what the databases and the provider hold as records, and names the
steps. A step puts a row where the service that owns it finds it and finishes the work by its own
rules; no step moves money or promises stock by itself. See docs/adr/0016.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from invariants import SOLD, UNDONE

PAID = ("authorized", "captured", "partially_refunded", "refunded")


@dataclass(frozen=True)
class Line:
    product_id: str
    position: int
    quantity: int
    sku: str | None
    name: str | None
    unit_price: int | None


@dataclass(frozen=True)
class Refund:
    """One that was paid. Which goods came back for it is known to the order and the catalog."""

    id: str
    amount: int
    reason: str = ""
    goods: tuple[tuple[str, int], ...] = ()  # product, quantity


@dataclass(frozen=True)
class Order:
    id: str
    user_id: str
    status: str
    total: int | None
    currency: str | None
    payment_id: str | None
    payment_status: str | None
    refunded: int = 0
    busy: bool = False  # its own service works on it, or somebody has to look at it
    lines: tuple[Line, ...] = ()
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True)
class Dispute:
    """Money that the customer's bank takes back."""

    id: str  # the provider's
    intent: str | None
    status: str | None  # the provider's word; None: the payment service is about to look at it


@dataclass(frozen=True)
class Payment:
    """What the payment service has for an order."""

    id: str
    order_id: str
    user_id: str
    amount: int
    currency: str
    status: str
    refunded: int = 0
    void_requested: bool = False
    busy: bool = False
    authorized: int = 0
    captured: int = 0
    charged_back: int = 0  # by the customer's bank, for good
    intent: str | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @property
    def given_back(self) -> int:
        """To the customer, by us or by the bank."""
        return min(self.captured, self.refunded + self.charged_back)


@dataclass(frozen=True)
class Hold:
    """What the catalog has for an order."""

    order_id: str
    status: str  # held | committed | released | expired
    lines: tuple[Line, ...] = ()
    back: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)  # by refund


@dataclass(frozen=True)
class Intent:
    """What the provider has for an order."""

    id: str
    order_id: str
    status: str
    amount: int
    payment_method: str
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True)
class Step:
    """Something to be done for one order."""

    order_id: str

    def __str__(self) -> str:
        what = type(self).__doc__.rstrip(".")
        refund, dispute = getattr(self, "refund", None), getattr(self, "dispute", None)
        which = f" (refund {refund.id} over {refund.amount})" if refund else ""
        which = f" ({dispute.id}, {dispute.status})" if dispute else which
        return f"order {self.order_id}: {what[0].lower()}{what[1:]}{which}"


@dataclass(frozen=True)
class Recreate(Step):
    """It is written down again as `becomes`."""

    becomes: str = ""  # confirmed | rejected | cancelling
    payment: Payment | None = field(default=None, repr=False)
    lines: tuple[Line, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return (f"order {self.order_id}: written down again as {self.becomes}, "
                f"payment {self.payment.id} {self.payment.status}; its address is not known")


@dataclass(frozen=True)
class CancelAgain(Step):
    """It was cancelled once, and is again."""


@dataclass(frozen=True)
class RememberRefund(Step):
    """A refund that was paid is written down again."""

    refund: Refund | None = None


@dataclass(frozen=True)
class SellAgain(Step):
    """Its goods are taken from the shelf again."""

    currency: str = ""
    lines: tuple[Line, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class ReleaseAgain(Step):
    """Its goods go back to the shelf again."""


@dataclass(frozen=True)
class RestockAgain(Step):
    """What a refund brought back goes to the shelf again."""

    refund: Refund | None = None


@dataclass(frozen=True)
class RecreatePayment(Step):
    """Its payment is written down again, and read from the provider."""

    order: Order | None = field(default=None, repr=False)
    intent: Intent | None = field(default=None, repr=False)

    @property
    def undone(self) -> bool:
        """Whether its money has to go back. What was taken, and is refunded as the order knows it,
        went back: by us or by the customer's bank, so that nothing may be asked back."""
        return self.order.status in (*UNDONE, "cancelling") and not (
            self.intent.status == "succeeded" and self.order.payment_status == "refunded")


@dataclass(frozen=True)
class RememberUndo(Step):
    """Its order, undone while its payment was lost, is told that money went back."""

    given_back: int = 0


@dataclass(frozen=True)
class AskProvider(Step):
    """Its payment is read from the provider again, which took the money or let it go."""

    undone: bool = False


@dataclass(frozen=True)
class RecreateRefund(Step):
    """A refund that the provider paid is written down again, and read from the provider."""

    payment_id: str = ""
    refund: Refund | None = None


@dataclass(frozen=True)
class LookAtDispute(Step):
    """A dispute of its payment is read from the provider, as after a webhook."""

    payment_id: str = ""
    dispute: Dispute | None = None


@dataclass(frozen=True)
class Unrepairable(Step):
    """Nobody knows enough to write it down again."""

    why: str = ""

    def __str__(self) -> str:
        return f"order {self.order_id}: {self.why}"


def becomes(payment: Payment, hold: Hold) -> str:
    """How a lost order ended. Stock is sold after the payment was authorised, and nothing may
    refuse after that: such an order is confirmed, or was about to be."""
    if payment.status == "declined":
        return "rejected"
    sold = payment.status in PAID and hold.status == "committed" and not payment.void_requested
    return "confirmed" if sold else "cancelling"


def order_steps(orders: dict[str, Order], payments: Collection[Payment],
                holds: dict[str, Hold]) -> list[Step]:
    """The order database was set back."""
    steps: list[Step] = []
    # Ids tell when they were made: orders get their numbers in the order in which they came.
    for payment in sorted(payments, key=lambda payment: payment.order_id):
        order, hold = orders.get(payment.order_id), holds.get(payment.order_id)
        if payment.busy or (order and order.busy):
            continue
        if order is None and (hold is None or not hold.lines):
            steps.append(Unrepairable(payment.order_id, f"payment {payment.id} is "
                                      f"{payment.status}, and nobody knows what was bought"))
        elif order is None:
            steps.append(Recreate(payment.order_id, becomes(payment, hold), payment, hold.lines))
        elif order.status in SOLD:
            steps += sold_order_steps(order, payment, hold)
    paid = {payment.order_id for payment in payments}
    return steps + [ReleaseAgain(id) for id, hold in sorted(holds.items())
                    if id not in orders and id not in paid
                    and hold.status in ("held", "committed")]


def sold_order_steps(order: Order, payment: Payment, hold: Hold | None) -> list[Step]:
    if payment.status == "voided" or payment.void_requested or (
            hold is not None and hold.status == "released"):
        return [CancelAgain(order.id)]
    known = {refund.id for refund in order.refunds}
    goods = hold.back if hold else {}
    return [RememberRefund(order.id, replace(refund, goods=goods.get(refund.id, ())))
            for refund in payment.refunds if refund.id not in known]


def catalog_steps(orders: dict[str, Order], holds: dict[str, Hold]) -> list[Step]:
    """The catalog's database was set back."""
    steps: list[Step] = []
    for order in sorted(orders.values(), key=lambda order: order.id):
        hold = holds.get(order.id)
        if order.busy:
            continue
        if order.status in SOLD and (hold is None or hold.status in ("held", "expired")):
            steps.append(SellAgain(order.id, order.currency, order.lines))
        elif order.status in SOLD and hold.status == "committed":
            steps += [RestockAgain(order.id, refund) for refund in order.refunds
                      if refund.goods and refund.id not in hold.back]
        elif order.status in UNDONE and hold and hold.status in ("held", "committed"):
            steps.append(ReleaseAgain(order.id))
    return steps


def differs(order: Order, payment: Payment | None) -> bool:
    """Whether the provider has to be asked what is true of this order's payment."""
    if order.payment_id is None or order.payment_status == "declined":
        return False
    # Without its payment a checkout or a capture never ends, and an undo gives nothing back.
    return payment is None or (not order.busy and not payment.busy and (
        never_authorized(payment)
        or (payment.status, payment.refunded) != (order.payment_status, order.refunded)))


def never_authorized(payment: Payment) -> bool:
    """What nobody could authorise is given up, and so is what the database does not know any more
    to have been authorised. An order has a payment only after that."""
    return payment.status == "voided" and not payment.authorized


def payment_steps(orders: dict[str, Order], payments: dict[str, Payment],
                  intents: dict[str, list[Intent]]) -> list[Step]:
    """The payment service's database was set back. `intents` are the provider's, of each order that
    `differs`."""
    return [step for order_id in sorted(intents)
            for step in steps_by_provider(orders[order_id], payments.get(order_id),
                                          intents[order_id])]


def dispute_steps(payments: Collection[Payment], disputes: Collection[Dispute]) -> list[Step]:
    """The payment service's database was set back; `disputes` are all that the provider has. Those
    of a payment that is not known yet are found when it is back."""
    payment_of = {payment.intent: payment for payment in payments if payment.intent}
    steps: list[Step] = []
    for dispute in disputes:
        payment = payment_of.get(dispute.intent)
        if payment is None:
            continue
        known = {each.id: each.status for each in payment.disputes}
        if dispute.id not in known or known[dispute.id] not in (None, dispute.status):
            steps.append(LookAtDispute(payment.order_id, payment.id, dispute))
    return sorted(steps, key=lambda step: (step.order_id, step.dispute.id))


def steps_by_provider(order: Order, payment: Payment | None, intents: list[Intent]) -> list[Step]:
    # Those that hold no money are left over from lost answers; what was voided has only such.
    moved = [intent for intent in intents if intent.status in ("requires_capture", "succeeded")]
    if len(moved) > 1 or any(intent.amount != order.total for intent in moved):
        return [Unrepairable(order.id, f"the provider has {len(moved)} payments over "
                             f"{sum(intent.amount for intent in moved)} for a total of "
                             f"{order.total}")]
    intent = (moved or intents or [None])[0]
    if intent is None:
        return [] if order.status in UNDONE else [
            Unrepairable(order.id, "the provider has no payment for it")]
    if payment is None or (moved and never_authorized(payment)):
        return [RecreatePayment(order.id, order, intent)]
    if moved and payment.status == "voided":
        return [Unrepairable(order.id, f"payment {payment.id} was authorised and voided, and the "
                                       f"provider has {intent.id}, {intent.status}")]
    if payment.status == "authorized" and intent.status in ("succeeded", "canceled"):
        return [AskProvider(order.id, intent.status == "canceled")]
    gone = 0 < payment.captured == payment.given_back
    if order.status in UNDONE and order.payment_status == "voided" and gone:
        return [RememberUndo(order.id, payment.given_back)]
    known = {refund.id for refund in payment.refunds}
    lost = [RecreateRefund(order.id, payment.id, refund) for refund in intent.refunds
            if refund.id not in known]
    returned = payment.given_back if order.status in UNDONE else payment.refunded
    if not lost and returned < order.refunded:
        return [Unrepairable(order.id, f"{order.refunded} of its money went back, of which payment "
                             f"{payment.id} and the provider know {returned}")]
    return lost
