"""I8, I10 and I11: what the services told each other about what happened, and to whom it belongs.

Pure, like invariants.py: takes what the databases hold as records and names what is broken.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from invariants import Break, Order

# Events and the statuses that an order may have when they are the last that was told of it.
LAST_WORDS = {
    "order.created": ("pending", "cancelling"),
    "order.confirmed": ("confirmed", "cancelling"),
    "order.rejected": ("rejected",),
    "order.cancelled": ("cancelled",),
    "order.shipped": ("shipped",),
    "order.delivered": ("delivered",),
}
PAYMENT_WORDS = {
    "payment.authorized": ("authorized",),
    "payment.captured": ("captured",),
    "payment.declined": ("declined",),
    "payment.voided": ("voided",),
    "payment.refunded": ("partially_refunded", "refunded"),
}


@dataclass(frozen=True)
class Told:
    """All events of one aggregate that its outbox still holds."""

    aggregate_id: str
    count: int
    first: int   # version
    last: int    # version
    last_type: str


@dataclass
class Outbox:
    """What one service published, and how far those who listen have come."""

    service: str
    told: list[Told] = field(default_factory=list)
    waiting: int = 0         # not published, and older than a relay that works leaves them
    numbered: int = 0
    first_seq: int | None = None
    last_seq: int | None = None
    read_to: dict[str, int] = field(default_factory=dict)  # consumer: sequence
    dead: dict[str, int] = field(default_factory=dict)     # consumer: dead letters


def outbox_breaks(outbox: Outbox) -> list[Break]:
    """I8: nothing is missing, nothing waits, and everybody has heard of it."""
    name, breaks = f"events of {outbox.service}", []
    for told in outbox.told:
        if told.count != told.last - told.first + 1:
            breaks.append(Break("I8", f"{name}: {told.aggregate_id} lacks some, or has some twice",
                                f"{told.count} with versions {told.first} to {told.last}"))
    if outbox.waiting:
        breaks.append(Break("I8", f"{name}: some wait to be published", f"{outbox.waiting}"))
    if outbox.numbered and outbox.numbered != outbox.last_seq - outbox.first_seq + 1:
        breaks.append(Break("I8", f"{name}: their numbers have gaps", f"{outbox.numbered} have "
                                  f"{outbox.first_seq} to {outbox.last_seq}"))
    for consumer, sequence in outbox.read_to.items():
        if sequence < (outbox.last_seq or 0):
            # Who merely lags stands elsewhere when somebody looks again.
            breaks.append(Break("I8", f"{name}: {consumer} stands at {sequence}",
                                f"they go to {outbox.last_seq}"))
    for consumer, count in outbox.dead.items():
        if count:
            breaks.append(Break("I8", f"{name}: {consumer} put some aside as dead letters",
                                f"{count}"))
    return breaks


def version_breaks(outbox: Outbox, versions: dict[str, int]) -> list[Break]:
    """I8: the last event of everything is that of its last change. Events are read first: what
    changes all the time is often further, but then the last that was told is another each time.
    """
    last = {told.aggregate_id: told.last for told in outbox.told}
    return [Break("I8", f"events of {outbox.service}: {id} was last told of at version {last[id]}",
                  f"it is at {version}")
            for id, version in versions.items() if id in last and last[id] != version]


def contradictions(outbox: Outbox, statuses: dict[str, str]) -> list[Break]:
    """I11: the last that was told of an order or payment is how it is."""
    words = {**LAST_WORDS, **PAYMENT_WORDS}
    return [Break("I11", f"{told.aggregate_id} is {statuses[told.aggregate_id]}, and the last that "
                         f"was told is {told.last_type}")
            for told in outbox.told
            if told.last_type in words and told.aggregate_id in statuses
            and statuses[told.aggregate_id] not in words[told.last_type]]


def ownership_breaks(buyers: dict[str, str], payers: dict[str, str],
                     askers: Iterable[tuple[str, str]]) -> list[Break]:
    """I10: who asked for an order, who owns it and who pays for it is one and the same."""
    breaks = [Break("I10", f"order {id} belongs to {buyers[id]}, and {payer} pays for it")
              for id, payer in payers.items() if id in buyers and buyers[id] != payer]
    return breaks + [Break("I10", f"order {id} belongs to {buyers[id]}, and {asker} asked for it")
                     for id, asker in askers if id in buyers and buyers[id] != asker]


def answer_breaks(named: Iterable[str], orders: dict[str, Order]) -> list[Break]:
    """I4: every order that a kept answer names is there."""
    return [Break("I4", f"order {id} was acknowledged, and is not there")
            for id in named if id not in orders]
