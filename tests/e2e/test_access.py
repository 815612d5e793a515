"""Every route of every service, asked by everybody: who is let in, and who is told what.

The table below is the contract. A route that a service publishes in its openapi.yaml and that is
not in the table fails the test, so that nobody opens a door by forgetting to say whose it is.
"""

import dataclasses
import functools
import re
import uuid

import forgery
import pytest
from checked_gateway import CheckedGateway
from system import ADDRESS, await_true

# Who may call: anonymous (anybody), own (customers, what is theirs), admin, either (an admin, and
# the owner of the object), service (other services, on the service's own address).
TABLE = """
user anonymous POST /api/v1/users
user admin GET /api/v1/users
user admin GET /api/v1/users/{user}
user admin PATCH /api/v1/users/{user}
user own GET /api/v1/users/me
user own PATCH /api/v1/users/me
user own DELETE /api/v1/users/me
user own GET /api/v1/users/me/export
user own PUT /api/v1/users/me/password
user own GET /api/v1/users/me/addresses
user own POST /api/v1/users/me/addresses
user own GET /api/v1/users/me/addresses/{address}
user own PUT /api/v1/users/me/addresses/{address}
user own DELETE /api/v1/users/me/addresses/{address}
user anonymous POST /api/v1/users/password-resets
user anonymous POST /api/v1/users/password-resets/{token}
user anonymous POST /api/v1/users/email-verifications
user anonymous POST /api/v1/users/email-verifications/{token}
user anonymous POST /api/v1/sessions
user anonymous POST /api/v1/sessions/refresh
user own GET /api/v1/sessions
user own DELETE /api/v1/sessions/current
user own DELETE /api/v1/sessions/{session}
user admin GET /api/v1/admin/audit
user anonymous GET /.well-known/jwks.json
user service GET /internal/v1/users/{user}
user service GET /internal/v1/events
catalog anonymous GET /api/v1/products
catalog admin POST /api/v1/products
catalog admin POST /api/v1/products/import
catalog anonymous GET /api/v1/products/by-sku/{sku}
catalog anonymous GET /api/v1/products/{product}
catalog admin PATCH /api/v1/products/{product}
catalog admin DELETE /api/v1/products/{product}
catalog admin GET /api/v1/products/{product}/stock
catalog admin POST /api/v1/products/{product}/stock-adjustments
catalog anonymous GET /api/v1/categories
catalog admin POST /api/v1/categories
catalog admin GET /api/v1/admin/catalog/dead-letters
catalog admin POST /api/v1/admin/catalog/dead-letters/{event}/redrive
catalog service POST /internal/v1/reservations
catalog service POST /internal/v1/reservations/{order}/commit
catalog service POST /internal/v1/reservations/{order}/release
catalog service POST /internal/v1/reservations/{order}/restock
catalog service POST /internal/v1/offers
catalog service GET /internal/v1/events
order own GET /api/v1/cart
order own DELETE /api/v1/cart
order own PUT /api/v1/cart/items/{product}
order own DELETE /api/v1/cart/items/{product}
order own POST /api/v1/orders
order own GET /api/v1/orders
order either GET /api/v1/orders/{order}
order either GET /api/v1/orders/{order}/timeline
order either GET /api/v1/orders/{order}/events
order either POST /api/v1/orders/{order}/cancel
order admin POST /api/v1/orders/{order}/ship
order admin POST /api/v1/orders/{order}/deliver
order admin POST /api/v1/orders/{order}/refunds
order either GET /api/v1/orders/{order}/refunds
order admin GET /api/v1/admin/orders
order admin GET /api/v1/admin/stuck-orders
order admin POST /api/v1/admin/stuck-orders/{work}/resume
order admin GET /api/v1/admin/order/dead-letters
order admin POST /api/v1/admin/order/dead-letters/{event}/redrive
order admin GET /api/v1/webhook-endpoints
order admin POST /api/v1/webhook-endpoints
order admin GET /api/v1/webhook-endpoints/{endpoint}
order admin DELETE /api/v1/webhook-endpoints/{endpoint}
order admin GET /api/v1/webhook-endpoints/{endpoint}/deliveries
order admin POST /api/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver
order service GET /internal/v1/users/{user}/orders
order service GET /internal/v1/users/{user}/cart
order service GET /internal/v1/events
payment own GET /api/v1/payments
payment either GET /api/v1/payments/{payment}
payment admin GET /api/v1/ledger/balances
payment admin GET /api/v1/ledger/entries
payment anonymous POST /api/v1/webhooks/payment-provider
payment service POST /internal/v1/payments
payment service POST /internal/v1/payments/{order}/capture
payment service POST /internal/v1/payments/{order}/void
payment service POST /internal/v1/payments/{order}/refunds
payment service GET /internal/v1/users/{user}/payments
payment service GET /internal/v1/events
"""


@dataclasses.dataclass(frozen=True)
class Route:
    service: str
    access: str
    method: str
    path: str

    def __str__(self):
        return f"{self.method} {self.path}"

    @property
    def shape(self) -> str:
        """The route whatever its parameters are called."""
        return f"{self.method} {re.sub('{[^}]*}', '{}', self.path)}"


ROUTES = [Route(*line.split()) for line in TABLE.strip().splitlines()]


def where(access: str) -> list[Route]:
    return [route for route in ROUTES if route.access == access]


SIGNED_IN = where("own") + where("either") + where("admin")


def published(system, service: str) -> dict[str, bool]:
    """The routes of a service's openapi.yaml by their shape, and whether anybody may call them."""
    text = CheckedGateway(system.env[f"{service.upper()}_URL"]).call(
        "GET", "/openapi.yaml", expect=(200,)).text()
    paths = text[text.index("\npaths:"):text.index("\ncomponents:")]
    routes = {}
    for path, block in re.findall(r"\n  (/[^\s:]*):(.*?)(?=\n  /|\Z)", paths, re.S):
        server = re.search(r"\n {4}servers:\s*(?:#.*)?\n\s*- (?:{ )?url: (\S+)", block)
        base = (server.group(1) if server else "/api/v1").rstrip("/")
        for method, operation in re.findall(r"\n {4}(get|put|post|patch|delete):(.*?)"
                                            r"(?=\n {4}\w|\Z)", block + "\n", re.S):
            shape = f"{method.upper()} {re.sub('{[^}]*}', '{}', base + path)}"
            routes[shape] = bool(re.search(r"\n {6}security: \[(\{\})?\]", operation))
    return routes


@dataclasses.dataclass
class Scene:
    """Somebody with one of everything, and others who would like to have it."""

    owner: CheckedGateway
    other: CheckedGateway
    admin: CheckedGateway
    expired: CheckedGateway
    things: dict[str, str]

    def path(self, route: Route, **instead) -> str:
        return route.path.format(**{**self.things, **instead})


@pytest.fixture(scope="module")
def scene(system) -> Scene:
    owner, other, admin = system.buyer(), system.buyer(), system.admin()
    with system.user_service_with(ACCESS_TOKEN_TTL_S=1):
        expired = system.buyer()
    product = system.product()
    order = system.place(owner, system.order_body(product))
    assert order.status == 201, order.text()
    payment = system.await_paid(owner, order.json()["id"], "captured")
    address = owner.call("POST", "/api/v1/users/me/addresses", ADDRESS, expect=(201,)).json()
    things = {
        "user": owner.call("GET", "/api/v1/users/me", expect=(200,)).json()["id"],
        "session": owner.call("GET", "/api/v1/sessions", expect=(200,)).json()["data"][0]["id"],
        "address": address["id"], "product": product["id"], "sku": product["sku"],
        "order": order.json()["id"], "payment": payment["id"], "token": "made-up",
        "endpoint": str(uuid.uuid4()), "delivery": str(uuid.uuid4()),
        "event": str(uuid.uuid4()), "work": str(uuid.uuid4()),
    }
    await_true(lambda: expired.call("GET", "/api/v1/users/me").status == 401, 10, "it has run out")
    return Scene(owner, other, admin, expired, things)


def doors(system, route: Route, who: CheckedGateway) -> list[CheckedGateway]:
    """The same caller at the gateway and at the service itself."""
    return [CheckedGateway(system.env[name], who.token, patience_s=0)
            for name in ("GATEWAY_URL", f"{route.service.upper()}_URL")]


def assert_code(answer, status: int, code: str, route: Route) -> None:
    assert (answer.status, answer.code) == (status, code), f"{route}: {answer.text()}"
    assert answer.headers["content-type"] == "application/problem+json", str(route)


def test_every_published_route_is_in_the_table(system):
    for service in ("user", "catalog", "order", "payment"):
        known = {route.shape: route for route in ROUTES if route.service == service}
        for shape, anybody in published(system, service).items():
            assert shape in known, f"{service} publishes {shape}: say whose it is"
            assert anybody == (known[shape].access == "anonymous"), f"{shape}: security"


@pytest.mark.parametrize("route", SIGNED_IN, ids=str)
def test_nobody_gets_in_without_a_token_that_counts(system, scene, route):
    peer = CheckedGateway("", forgery.service_token(system.state, "order", route.service))
    for who in (system.anonymous(), scene.expired, peer):
        for door in doors(system, route, who):
            answer = door.call(route.method, scene.path(route), {}, key=str(uuid.uuid4()))
            if answer.status == 404 and route.shape not in published(system, route.service):
                continue  # not built yet
            assert_code(answer, 401, "unauthenticated", route)
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("route", where("admin"), ids=str)
def test_customers_are_no_admins(system, scene, route):
    for who in (scene.owner, scene.other):
        for door in doors(system, route, who):
            answer = door.call(route.method, scene.path(route), {}, key=str(uuid.uuid4()))
            if answer.status == 404 and route.shape not in published(system, route.service):
                continue  # not built yet
            assert_code(answer, 403, "forbidden", route)


@pytest.fixture(scope="module")
def disabled_admin(system, scene) -> CheckedGateway:
    """Somebody whose token says that they are an admin, which they are no more."""
    account = system.account()
    user_id = system.anonymous().sign_in(*account).call("GET", "/api/v1/users/me").json()["id"]
    change = functools.partial(scene.admin.call, "PATCH", f"/api/v1/users/{user_id}",
                               expect=(200,))
    change({"role": "admin"})
    admin = system.anonymous().sign_in(*account)
    change({"status": "disabled"})
    resume = f"/api/v1/admin/stuck-orders/{scene.things['work']}/resume"
    await_true(lambda: admin.call("POST", resume).status == 403, 30, "the order service knows")
    return admin


@pytest.mark.parametrize("route", [route for route in where("admin") + where("either")
                                   if route.service == "order" and route.method != "GET"],
                         ids=str)
def test_who_was_an_admin_changes_no_orders(system, scene, disabled_admin, route):
    for door in doors(system, route, disabled_admin):
        answer = door.call(route.method, scene.path(route), key=str(uuid.uuid4()))
        assert_code(answer, 403, "user_disabled", route)


@pytest.mark.parametrize("route", where("service"), ids=str)
def test_people_have_no_business_on_internal_routes(system, scene, route):
    for who in (system.anonymous(), scene.owner, scene.admin, scene.expired):
        at_gateway, at_service = doors(system, route, who)
        assert_code(at_gateway.call(route.method, scene.path(route), {}), 404, "not_found", route)
        answer = at_service.call(route.method, scene.path(route), {})
        if answer.status == 404 and route.shape not in published(system, route.service):
            continue  # not built yet
        assert_code(answer, 401, "unauthenticated", route)


OWNED = [route for route in SIGNED_IN if route.access in ("own", "either") and
         re.search("{(address|session|order|payment)}", route.path)]


@pytest.mark.parametrize("route", OWNED, ids=str)
def test_what_is_anothers_does_not_exist(system, scene, route):
    """Answered as an id that nobody has, member for member but for what names the request."""
    body = ADDRESS if route.method == "PUT" else None
    random_id = str(uuid.uuid4())
    kind = re.findall("{([a-z]+)}", route.path)[0]

    def told(door, path):
        answer = door.call(route.method, path, body)
        assert_code(answer, 404, "not_found", route)
        problem = answer.json()
        assert problem.pop("trace_id") and problem.pop("instance")
        names = set(answer.headers) - {"x-request-id", "date", "content-length"}
        return problem, names

    for door in doors(system, route, scene.other):
        assert told(door, scene.path(route)) == told(door, scene.path(route, **{kind: random_id}))


@pytest.mark.parametrize("route", [route for route in where("own") + where("either")
                                   if route.method == "GET" and "events" not in route.path],
                         ids=str)
def test_owners_see_what_is_theirs(system, scene, route):
    path = scene.path(route)
    if route.path == "/api/v1/payments":
        path += f"?order_id={scene.things['order']}"
    for door in doors(system, route, scene.owner):
        answer = door.call(route.method, path)
        assert answer.status == 200, f"{route}: {answer.text()}"


@pytest.mark.parametrize("route", [route for route in where("admin") + where("either")
                                   if route.method == "GET" and "events" not in route.path],
                         ids=str)
def test_admins_see_what_they_administer(system, scene, route):
    for door in doors(system, route, scene.admin):
        answer = door.call(route.method, scene.path(route))
        if "webhook" in route.path:
            assert answer.status in (200, 404), f"{route}: {answer.text()}"
        else:
            assert answer.status == 200, f"{route}: {answer.text()}"


def test_lists_hold_nothing_of_others(scene):
    assert scene.other.call("GET", "/api/v1/orders", expect=(200,)).json()["data"] == []
    payments = scene.other.call("GET", f"/api/v1/payments?order_id={scene.things['order']}",
                                expect=(200,))
    assert payments.json()["data"] == []
    assert scene.other.call("GET", "/api/v1/users/me/addresses", expect=(200,)).json()["data"] == []
    sessions = scene.other.call("GET", "/api/v1/sessions", expect=(200,)).json()["data"]
    assert [session["current"] for session in sessions] == [True]


@pytest.mark.parametrize("route", where("anonymous"), ids=str)
def test_anybody_may_ask_without_a_token(system, scene, route):
    for door in doors(system, route, system.anonymous()):
        answer = door.call(route.method, scene.path(route), {} if route.method == "POST" else None)
        assert answer.status not in (401, 403, 405), f"{route}: {answer.text()}"


def test_a_method_that_a_path_does_not_have_is_told_those_it_has(system, scene):
    by_path: dict[tuple, set] = {}
    for route in ROUTES:
        if route.access != "service" and route.shape in published(system, route.service):
            by_path.setdefault((route.service, route.path), set()).add(route.method)
    for (service, path), methods in by_path.items():
        route = Route(service, "", "", path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            for door in doors(system, route, scene.admin):
                answer = door.call(method, scene.path(route), {})
                assert_code(answer, 405, "method_not_allowed", Route(service, "", method, path))
                allowed = set(re.split(", *", answer.headers["allow"])) - {"HEAD", "OPTIONS"}
                assert methods <= allowed and method not in allowed, (path, allowed)
