"""A client of the public API as a shop's own tools would be: keep-alive, paced, and patient.

It stays below the rate limits by pacing itself, waits as long as a 429 or 503 says, and repeats a
call whose answer was lost only where that is harmless: a read, a write with an idempotency key, or
any at all for a caller that says so.
"""

import http.client
import json
import ssl
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import installation

REPEATABLE = ("GET", "PUT", "DELETE")
LONGEST_PAUSE_S = 2.0  # between two attempts to reach an absent gateway


class ApiError(Exception):
    """An answer that the caller did not count on."""

    def __init__(self, answer: "Answer", method: str, path: str):
        self.answer = answer
        super().__init__(f"{method} {path} answered {answer.status}: {answer.text()[:400]}")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The `code` of a problem+json answer."""
        try:
            return self.json().get("code")
        except (ValueError, AttributeError):
            return None


class Pace:
    """At most `rate` calls a second after a first burst; from any thread."""

    def __init__(self, rate: float, burst: float):
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            self._tokens -= 1
            missing = -self._tokens / self._rate
        if missing > 0:
            time.sleep(missing)


# The gateway lets one address make 300 requests a second and 60 registrations a minute, and one
# user 100 requests a second in a service; some room is left for whoever else works from here.
ADDRESS_PACE = Pace(rate=250, burst=300)
REGISTRATION_PACE = Pace(rate=1.0, burst=95)


def user_pace() -> Pace:
    return Pace(rate=90, burst=150)


@dataclass
class Gateway:
    """Calls one base address. One instance belongs to one thread.

    `patience_s` is how long a busy or absent gateway is asked again; 0: never. With `repeats_all`
    that goes for writes without a key, too: for callers whose writes are the same done twice.
    """

    base_url: str
    token: str | None = None
    paces: tuple[Pace, ...] = ()
    timeout_s: float = 30.0
    patience_s: float = 60.0
    authority: str | None = None  # a file of whom to believe by https; None: the system's
    repeats_all: bool = False
    _account: tuple[str, str] | None = field(default=None, repr=False)  # whom to sign in again
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def as_user(self, token: str, *paces: Pace) -> "Gateway":
        return replace(self, token=token, paces=self.paces + paces, _account=None,
                       _connection=None)

    def call(self, method: str, path: str, body=None, *, key: str | None = None,
             headers: dict[str, str] | None = None, expect: tuple[int, ...] = ()) -> Answer:
        """One call. `body` is turned to JSON unless it is bytes; `key` is the Idempotency-Key.

        Raises ApiError when `expect` is given and another status came, OSError when the gateway
        stays unreachable or an answer was lost that must not be asked for again.
        """
        out = {"Accept": "application/json", **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            out.setdefault("Content-Type", "application/json")
        if key:
            out["Idempotency-Key"] = key
        repeatable = self.repeats_all or method in REPEATABLE or bool(key)
        answer = self._patiently(method, path, body, self._authorized(out), repeatable)
        if answer.status == 401 and self._account:
            self.token = self.as_user("").sign_in(*self._account).token
            answer = self._patiently(method, path, body, self._authorized(out), repeatable)
        if expect and answer.status not in expect:
            raise ApiError(answer, method, path)
        return answer

    def _authorized(self, headers: dict[str, str]) -> dict[str, str]:
        return {**headers, "Authorization": f"Bearer {self.token}"} if self.token else headers

    def _patiently(self, method, path, body, headers, repeatable) -> Answer:
        give_up = time.monotonic() + self.patience_s
        pause_s = 0.1
        while True:
            for pace in self.paces:
                pace.wait()
            try:
                answer = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                self.close()
                if not repeatable or time.monotonic() > give_up:
                    raise
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                time.sleep(pause_s)
                continue
            busy = answer.status in (429, 503) or (
                repeatable and answer.status in (502, 504)) or (
                answer.status == 409 and answer.code == "request_in_progress")
            if not busy or time.monotonic() > give_up:
                return answer
            time.sleep(min(float(answer.headers.get("retry-after", 1)), 60))

    def _once(self, method, path, body, headers) -> Answer:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        return Answer(response.status,
                      {name.lower(): value for name, value in response.getheaders()}, content)

    def _connect(self) -> http.client.HTTPConnection:
        url = urllib.parse.urlsplit(self.base_url)
        if url.scheme != "https":
            return http.client.HTTPConnection(url.hostname, url.port or 80, timeout=self.timeout_s)
        context = ssl.create_default_context(cafile=self.authority)
        return http.client.HTTPSConnection(url.hostname, url.port or 443, timeout=self.timeout_s,
                                           context=context)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def sign_in(self, email: str, password: str) -> "Gateway":
        """A client for that account; raises ApiError when it cannot be signed in."""
        answer = self.call("POST", "/api/v1/sessions", {"email": email, "password": password},
                           expect=(201,))
        return self.as_user(answer.json()["access_token"])

    def stay_signed_in(self, email: str, password: str) -> "Gateway":
        """As `sign_in`, and signs in again when the token has run out."""
        return replace(self.sign_in(email, password), _account=(email, password))

    def register(self, email: str, password: str, name: str) -> Answer:
        return self.call("POST", "/api/v1/users",
                         {"email": email, "password": password, "name": name})


def gateway_of(env: dict[str, str]) -> Gateway:
    """Nobody in particular, paced by what the installation lets one address do."""
    return Gateway(env["GATEWAY_URL"],
                   paces=(ADDRESS_PACE,) if installation.rate_limits_on() else (),
                   authority=env.get("GATEWAY_AUTHORITY"))


def admin_of(env: dict[str, str]) -> Gateway:
    """Signed in as the installation's admin, paced by what one user may do as well."""
    gateway = gateway_of(env)
    if gateway.paces:
        gateway = replace(gateway, paces=(*gateway.paces, user_pace()))
    return gateway.stay_signed_in(env["ADMIN_EMAIL"], env["ADMIN_PASSWORD"])


def listed(gateway: Gateway, path: str, **filters: str) -> Iterator[dict]:
    """What a list holds, page after page."""
    cursor = None
    while True:
        query = {**filters, "limit": 100, **({"cursor": cursor} if cursor else {})}
        page = gateway.call("GET", f"{path}?{urllib.parse.urlencode(query)}",
                            expect=(200,)).json()
        yield from page["data"]
        cursor = page["next_cursor"]
        if not cursor:
            return


def settled_order(buyer: Gateway, order_id: str, timeout_s: float = 60.0) -> dict:
    """The order once it is neither pending nor cancelling, or as it is when the time is over."""
    deadline = time.monotonic() + timeout_s
    while True:
        order = buyer.call("GET", f"/api/v1/orders/{order_id}", expect=(200,)).json()
        if order["status"] not in ("pending", "cancelling") or time.monotonic() > deadline:
            return order
        time.sleep(0.1)


def pounds(money: dict | None) -> str:
    return "-" if money is None else f"{money['amount'] / 100:,.2f} {money['currency']}"


def run_program(main) -> None:
    """Runs `main` and tells what the gateway refused in a sentence, without a stack trace."""
    try:
        main()
    except (ApiError, OSError, http.client.HTTPException) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
