"""The accounts that a ledger's customers buy with."""

import hashlib
import hmac
import re
import threading
from collections.abc import Iterable
from concurrent.futures import Future

from gateway_client import ApiError, Gateway, Pace

EMAIL_PREFIXES = ("customer-", "walk-in@")  # every account's e-mail begins with one of them
PLAIN_ID = re.compile(r"[a-z0-9]{1,40}")


def email_of(customer: str) -> str:
    """The same for the same customer; one for all who are unknown."""
    if not customer:
        return "walk-in@example.com"
    plain = PLAIN_ID.fullmatch(customer)
    name = customer if plain else "x-" + hashlib.sha256(customer.encode()).hexdigest()[:24]
    return f"customer-{name}@example.com"


def name_of(customer: str) -> str:
    return f"Customer {customer}" if customer else "Walk-in customers"


class Accounts:
    """Customers' accounts: opened in file order ahead of need, by a thread of their own, at the
    pace that registrations are allowed.

    Passwords are derived from a secret, so that a second run finds its way in and nobody else does.
    """

    def __init__(self, gateway: Gateway, secret: bytes, pace: Pace | None = None):
        self._gateway = gateway
        self._secret = secret
        self._pace = pace
        self._known: set[str] = set()
        self._opening: dict[str, Future] = {}
        self._closed = threading.Event()

    def open(self, customers: Iterable[str], known_emails: set[str]) -> None:
        """Begins to open them; those that are known are signed in without a registration."""
        self._known = known_emails
        self._opening = {customer: Future() for customer in customers}
        # Nobody waits for this thread at exit: an interrupted program ends at once.
        threading.Thread(target=self._open_all, daemon=True).start()

    def of(self, customer: str) -> Gateway:
        """Signed in as that customer, as soon as the account is there."""
        return self._opening[customer].result()

    def close(self) -> None:
        """Opens no more of them."""
        self._closed.set()

    def _open_all(self) -> None:
        for customer, opening in self._opening.items():
            if self._closed.is_set():
                return
            try:
                opening.set_result(self._open(customer))
            except Exception as error:  # raised again where the account is asked for
                opening.set_exception(error)

    def _open(self, customer: str) -> Gateway:
        email = email_of(customer)
        password = hmac.new(self._secret, email.encode(), hashlib.sha256).hexdigest()
        if email not in self._known:
            self._register(email, password, name_of(customer))
        return self._gateway.stay_signed_in(email, password)

    def _register(self, email: str, password: str, name: str) -> None:
        if self._pace:
            self._pace.wait()
        answer = self._gateway.register(email, password, name)
        # Taken already: by an attempt whose answer was lost.
        if answer.status not in (201, 409):
            raise ApiError(answer, "POST", "/api/v1/users")
