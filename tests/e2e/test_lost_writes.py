"""A service dies over a request, or is not there: what the gateway sends again, and what not."""

import contextlib
import time

import pytest
from forgery import made_up_token
from lone_gateway import SERVICES, LoneGateway, StandIn, refusing_address
from system import at_once

ID = "0192f0c0-0000-7000-8000-000000000000"
NEARLY_A_MOMENT_S = 0.35  # of which deploy/gateway/js/pause.js has 0.4
# (service, method, path) of what is not the same when it is done twice, or need not be.
UNKEYED = [
    ("user", "PUT", "/api/v1/users/me/password"), ("user", "DELETE", "/api/v1/users/me"),
    ("user", "PUT", f"/api/v1/users/me/addresses/{ID}"),
    ("user", "DELETE", f"/api/v1/sessions/{ID}"),
    ("user", "PATCH", "/api/v1/users/me"), ("user", "POST", "/api/v1/users/me/addresses"),
    ("catalog", "DELETE", f"/api/v1/products/{ID}"),
    ("catalog", "PATCH", f"/api/v1/products/{ID}"),
    ("order", "PUT", f"/api/v1/cart/items/{ID}"), ("order", "DELETE", "/api/v1/cart"),
    ("order", "POST", "/api/v1/webhook-endpoints"),
    ("order", "DELETE", f"/api/v1/webhook-endpoints/{ID}"),
]
KEYED = [
    ("order", "POST", "/api/v1/orders"),
    ("catalog", "POST", f"/api/v1/products/{ID}/stock-adjustments"),
    ("payment", "POST", "/api/v1/webhooks/payment-provider"),
]
REPEATABLE = [
    ("user", "GET", "/api/v1/users/me"), ("catalog", "GET", f"/api/v1/products/{ID}"),
    ("order", "GET", "/api/v1/cart"), *KEYED,
]


def dies_over_it(_):
    return None


def does_it(request):
    return 200, {"Content-Type": "application/json"}, request.method.encode()


def ask(gateway: LoneGateway, method: str, path: str) -> tuple[int, bytes]:
    body = None if method in ("GET", "DELETE") else b'{"some": "body"}'
    token = made_up_token(exp=time.time() + 600)
    status, _, said = gateway.call(method, path, body, {
        "Authorization": f"Bearer {token}", "Content-Type": "application/json",
        "Idempotency-Key": "a-key"})
    return status, said


@pytest.mark.parametrize(("service", "method", "path"), UNKEYED)
def test_a_write_without_a_key_that_was_sent_is_not_sent_again(service, method, path):
    with StandIn(dies_over_it) as one, StandIn(dies_over_it) as other:
        where = {f"{service.upper()}_ADDRESS": f"{one.address},{other.address}"}
        with LoneGateway(**where) as gateway:
            status, said = ask(gateway, method, path)
    assert status == 502 and b'"code":"bad_gateway"' in said
    assert [(each.method, each.path) for each in one.asked + other.asked] == [(method, path)]


@pytest.mark.parametrize(("service", "method", "path"), UNKEYED)
def test_one_server_is_as_good_as_two(service, method, path):
    """Over a connection that was kept Nginx would ask the same server once more."""
    answers = iter([does_it, dies_over_it, does_it])
    with StandIn(lambda request: next(answers)(request)) as alone, \
            LoneGateway(**{f"{service.upper()}_ADDRESS": alone.address}) as gateway:
        assert ask(gateway, "GET", path)[0] == 200
        assert ask(gateway, method, path)[0] == 502
    assert [each.method for each in alone.asked] == ["GET", method]


@pytest.mark.parametrize(("service", "method", "path"), REPEATABLE)
def test_reads_and_keyed_writes_are_sent_again(service, method, path):
    answers = iter([dies_over_it, does_it])
    with StandIn(lambda request: next(answers)(request)) as one, refusing_address() as nobody:
        where = {f"{service.upper()}_ADDRESS": f"{one.address},{nobody}"}
        with LoneGateway(**where) as gateway:
            assert ask(gateway, method, path) == (200, method.encode())
    assert [each.method for each in one.asked] == [method] * 2


@pytest.mark.parametrize(("service", "method", "path"), UNKEYED)
def test_a_write_without_a_key_is_sent_once_also_by_its_second_chance(service, method, path):
    """Its first try ends at two servers that refuse it, so that it begins at the third."""
    with StandIn(dies_over_it) as one, StandIn(dies_over_it) as other, \
            refusing_address() as nobody, refusing_address() as nobody_else:
        where = {f"{service.upper()}_ADDRESS":
                 f"{nobody},{nobody_else},{one.address},{other.address}"}
        with LoneGateway(**where) as gateway:
            assert ask(gateway, method, path)[0] == 502
    assert [(each.method, each.path) for each in one.asked + other.asked] == [(method, path)]


@pytest.mark.parametrize(("service", "method", "path"), KEYED)
def test_a_write_with_a_key_is_sent_three_times_at_most(service, method, path):
    with StandIn(dies_over_it) as one, StandIn(dies_over_it) as other:
        where = {f"{service.upper()}_ADDRESS": f"{one.address},{other.address}"}
        with LoneGateway(**where) as gateway:
            assert ask(gateway, method, path)[0] == 502
    assert len(one.asked + other.asked) == 3


@pytest.mark.parametrize("servers", [1, 2])
def test_what_was_not_sent_is_tried_once_more_after_a_moment(servers):
    with contextlib.ExitStack() as stack:
        gateway = stack.enter_context(LoneGateway(**{
            f"{name.upper()}_ADDRESS": ",".join(
                stack.enter_context(refusing_address()) for _ in range(servers))
            for name in SERVICES}))

        def outcome(method: str, path: str) -> tuple[str, str, int, bool]:
            began = time.monotonic()
            status, _ = ask(gateway, method, path)
            return method, path, status, time.monotonic() - began > NEARLY_A_MOMENT_S

        requests = [request for _, *request in UNKEYED + REPEATABLE]
        outcomes = at_once([lambda r=request: outcome(*r) for request in requests])
    assert outcomes == [(*request, 502, True) for request in requests]


@pytest.mark.parametrize(("service", "method", "path"), UNKEYED + REPEATABLE)
def test_a_server_that_refuses_the_connection_is_passed_over(service, method, path):
    with StandIn(does_it) as one, refusing_address() as nobody:
        where = {f"{service.upper()}_ADDRESS": f"{nobody},{one.address}"}
        with LoneGateway(**where) as gateway:
            # In turns: one of two begins at the one that is not there.
            answers = [ask(gateway, method, path) for _ in range(2)]
    assert answers == [(200, method.encode())] * 2
    assert [(each.method, each.path) for each in one.asked] == [(method, path)] * 2
    if method not in ("GET", "DELETE"):
        assert {each.body for each in one.asked} == {b'{"some": "body"}'}
