"""What the system told its clients during a storm, and what may be true afterwards because of it.

Pure: takes what was said and what is found at rest, and names each promise that was not kept.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

SOLD = ("confirmed", "shipped", "delivered")
FINAL = ("shipped", "delivered", "confirmed", "rejected", "cancelled")
# Statuses that a keyed answer is stored for: these come again, byte for byte.
STORED = (200, 201, 202, 402, 409)


@dataclass(frozen=True)
class Said:
    """One acknowledged answer to one request of one client."""

    client: int
    method: str
    path: str
    key: str | None
    sent: bytes
    status: int
    body: bytes
    code: str | None = None
    order_id: str | None = None

    @property
    def placed(self) -> bool:
        return self.path == "/api/v1/orders"

    @property
    def repeatable(self) -> bool:
        """A stored answer. A request that still runs, or a key that was freed, is none."""
        return (self.key is not None and self.status in STORED
                and self.code != "request_in_progress")

    def __str__(self) -> str:
        return f"{self.method} {self.path} key {self.key} answered {self.status} {self.code or ''}"


@dataclass(frozen=True)
class Charge:
    """What the payment provider holds for one order in one intent."""

    id: str
    status: str
    received: int
    refunded: int

    @property
    def live(self) -> bool:
        return self.status == "requires_capture" or self.received > self.refunded


@dataclass
class Rest:
    """How an order is found when nothing happens any more."""

    status: str
    total: int | None
    refunded: int
    reject_reason: str | None = None
    charges: list[Charge] = field(default_factory=list)
    refunds: dict[str, str] = field(default_factory=dict)  # refund id: status


def order_promise(said: Said, rest: Rest, cancels: bool) -> str | None:
    """What the answer to POST /orders promised and the order does not keep."""
    if rest.status not in FINAL:
        return f"is still {rest.status}"
    gone = rest.status == "cancelled" and (cancels or rest.reject_reason == "capture_failed")
    if said.status == 201 and not (rest.status in SOLD or gone):
        return f"was confirmed and is {rest.status} ({rest.reject_reason})"
    if said.status in (402, 409) and rest.status != "rejected":
        return f"was refused and is {rest.status}"
    if said.status == 402 and rest.reject_reason != "payment_declined":
        return f"was declined and is rejected for {rest.reject_reason}"
    if said.status == 202 and rest.status == "cancelled" and not gone:
        return "is cancelled and nobody asked for that"
    return None


def act_promise(said: Said, rest: Rest) -> str | None:
    """The same of POST /orders/{id}/cancel, ship, deliver and refunds."""
    act = said.path.rsplit("/", 1)[1]
    if act == "cancel" and said.status in (200, 202) and rest.status != "cancelled":
        return f"was cancelled and is {rest.status}"
    if act == "ship" and said.status == 200 and rest.status not in ("shipped", "delivered"):
        return f"was shipped and is {rest.status}"
    if act == "deliver" and said.status == 200 and rest.status != "delivered":
        return f"was delivered and is {rest.status}"
    return None


def charge_breaks(order_id: str, rest: Rest) -> list[str]:
    """I2 and I6 as the payment provider sees them: one charge for what is sold, none else."""
    live = [charge for charge in rest.charges if charge.live]
    name, breaks = f"order {order_id} ({rest.status})", []
    if len(live) > 1:
        breaks.append(f"I2  {name}: {len(live)} live charges at the provider: "
                      f"{', '.join(charge.id for charge in live)}")
    received = sum(charge.received for charge in rest.charges)
    refunded = sum(charge.refunded for charge in rest.charges)
    if rest.status in SOLD:
        if received != rest.total:
            breaks.append(f"I6  {name}: the provider took {received} of {rest.total}")
        if refunded != rest.refunded:
            breaks.append(f"I2  {name}: the provider gave back {refunded}, the order says "
                          f"{rest.refunded}")
    elif live:
        breaks.append(f"I6  {name}: the provider still holds {live[0].id} ({live[0].status})")
    return breaks


def broken_promises(said: Iterable[Said], found: dict[str, Rest],
                    given_up: Collection[str] = ()) -> list[str]:
    """Every promise that is not kept, as `INVARIANT  sentence`.

    `given_up` are paths that somebody asked for and had no final answer from: done or not.
    """
    by_order: dict[str, list[Said]] = defaultdict(list)
    for each in said:
        if each.order_id is not None:
            by_order[each.order_id].append(each)
    breaks = []
    for order_id, answers in by_order.items():
        rest = found.get(order_id)
        if rest is None:
            breaks.append(f"I4  order {order_id} was acknowledged ({answers[0]}) and is not there")
            continue
        cancels = (any(each.path.endswith("/cancel") for each in answers)
                   or f"/api/v1/orders/{order_id}/cancel" in given_up)
        for each in answers:
            broken = (order_promise(each, rest, cancels) if each.placed
                      else act_promise(each, rest))
            if broken:
                invariant = "I5" if rest.status not in FINAL else "I6"
                breaks.append(f"{invariant}  order {order_id} {broken}: {each}")
    for order_id, rest in found.items():
        breaks += charge_breaks(order_id, rest)
    return sorted(set(breaks))
