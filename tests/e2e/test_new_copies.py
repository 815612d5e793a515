"""How many copies of lists a stranger can make the gateway keep: of queries there is no end."""

import contextlib
import json
import socket
import threading
import time

import pytest
from lone_gateway import LoneGateway, StandIn, address_of, frozen_server
from system import await_true

LIST = "/api/v1/products"


def says(text: str):
    return 200, {"Content-Type": "application/json"}, json.dumps({"data": [text]}).encode()


def hit(gateway: LoneGateway, path: str) -> bool:
    return "hit" in gateway.call("GET", path)[1]["cache-status"]


@pytest.mark.parametrize(("addresses", "burst", "per_second"), [(1, 100, 20), (400, 250, 50)])
def test_of_new_lists_only_so_many_are_kept(addresses, burst, per_second):
    with StandIn(lambda _: says("a list")) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address, RATE_BURST="1000",
                        GATEWAY_TRUSTED_PROXIES="127.0.0.1") as gateway:
        began = time.monotonic()
        for number in range(400):
            client = number % addresses
            said = {"X-Forwarded-For": f"192.0.{client // 200}.{client % 200}"}
            # Known or unknown, a parameter makes another list.
            path = f"{LIST}?limit=100&{'x' if number % 2 else 'min_price'}={number}"
            assert gateway.call("GET", path, headers=said)[0] == 200
        most = burst + per_second * (time.monotonic() - began) + 1
        assert burst <= gateway.copies() <= most


def test_who_makes_many_copies_keeps_nobody_from_those_that_there_are():
    shown = ["first"]
    with StandIn(lambda _: says(shown[0])) as catalog:
        with LoneGateway(CATALOG_ADDRESS=catalog.address, RATE_BURST="1000") as gateway:
            gateway.call("GET", f"{LIST}?sort=name")
            for number in range(300):
                gateway.call("GET", f"{LIST}?x={number}")
            shown[0] = "second"
            await_true(lambda: b"second" in gateway.call("GET", f"{LIST}?sort=name")[2], 5,
                       "a change shows")
            await_true(lambda: hit(gateway, f"{LIST}?sort=name"), 5, "and it is kept")
            catalog.hang_up()
            await_true(lambda: "stale" in gateway.call(
                "GET", f"{LIST}?sort=name")[1]["cache-status"], 5, "the copy is served")
            assert b"second" in gateway.call("GET", f"{LIST}?sort=name")[2]


@pytest.mark.parametrize(("size", "copies"), [(99_999, 1), (129_999, 1), (130_000, 0),
                                             (1_000_000, 0)])
def test_a_new_list_is_kept_if_it_is_not_too_long(size, copies):
    with StandIn(lambda _: (200, {}, b"x" * size)) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        status, _, body = gateway.call("GET", f"{LIST}?limit=100")
        assert (status, len(body)) == (200, size)
        assert gateway.copies() == copies


@pytest.mark.parametrize("path", ["/api/v1/products/a-mug", "/api/v1/products/by-sku/A%20MUG",
                                  "/api/v1/categories"])
def test_what_has_no_queries_is_kept_once(path):
    with StandIn(lambda _: says("a mug")) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        for number in range(20):
            assert gateway.call("GET", f"{path}?x={number}")[0] == 200
        assert gateway.call("GET", path.replace("a", "%61", 1))[0] == 200
        assert gateway.copies() == 1


def test_a_list_without_a_query_is_kept_once():
    with StandIn(lambda _: says("a list")) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        for spelling in (LIST, f"{LIST}?", LIST.replace("a", "%61"), LIST.replace("o", "%6f"),
                         LIST.replace("o", "%6F")):
            assert gateway.call("GET", spelling)[0] == 200
        assert gateway.copies() == 1


def test_a_product_is_kept_in_one_spelling():
    """The catalog reads an id in capitals as well as in small letters."""
    product = "/api/v1/products/0192f0c0-abcd-7000-8000-00000000ef00"
    tagged = 200, {"Content-Type": "application/json", "ETag": '"1"'}, b"{}"
    with StandIn(lambda _: tagged) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        for spelling in ("aBcd", "abCD", "%41bcd", "ABCD"):
            status, headers, _ = gateway.call("GET", product.replace("abcd", spelling),
                                              headers={"If-None-Match": '"0"'})
            assert (status, headers["cache-status"]) == (200, "gateway; fwd=request")
            assert catalog.asked[-1].headers["if-none-match"] == '"0"'
        assert gateway.copies() == 0
        for spelling in ("abcd", "%61bcd"):
            assert gateway.call("GET", product.replace("abcd", spelling))[0] == 200
        assert gateway.copies() == 1


def test_a_list_that_nobody_counted_is_not_kept():
    answers = iter([None, says("a list")])  # it is asked for once more
    with StandIn(lambda _: next(answers)) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        assert gateway.call("GET", f"{LIST}?q=mug")[0] == 200
        assert gateway.copies() == 0


def test_a_counted_list_is_asked_for_as_any_other():
    said = {"X-Request-Id": "the-one", "Host": "shop.example", "Accept": "a/b", "User-Agent": "c",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    with StandIn(lambda _: says("a list")) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address,
                        GATEWAY_TRUSTED_PROXIES="127.0.0.1") as gateway:
        for path in (LIST, f"{LIST}?q=a%20b+c&limit=%31"):
            status, headers, _ = gateway.call("GET", path, headers=said)
            assert status == 200 and "x-may-be-kept" not in headers
    plain, counted = catalog.asked
    assert counted.path == f"{LIST}?q=a%20b+c&limit=%31"
    assert counted.headers == plain.headers and "x-new-copy" not in counted.headers
    assert plain.headers["x-forwarded-for"] == "203.0.113.7"


def test_a_counted_list_fails_as_any_other():
    problem = 400, {"Content-Type": "application/problem+json"}, b'{"code":"invalid_query"}'
    with StandIn(lambda request: problem if "limit" in request.path else None) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        status, _, body = gateway.call("GET", f"{LIST}?limit=-1")
        assert (status, body) == (400, problem[2])
        for path in (LIST, f"{LIST}?q=mug"):
            status, headers, body = gateway.call("GET", path)
            assert (status, json.loads(body)["code"]) == (502, "bad_gateway")
            assert json.loads(body)["instance"] == LIST
            assert headers["content-type"] == "application/problem+json"


def connections_to(server: socket.socket) -> int:
    """How many were made."""
    server.settimeout(0)
    made = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            made += 1
    return made


def test_of_several_servers_a_frozen_one_is_passed_over():
    with StandIn(lambda _: says("a list")) as catalog, frozen_server() as frozen, \
            LoneGateway(CATALOG_ADDRESS=f"{catalog.address},{address_of(frozen)}") as gateway:
        answers = [gateway.call("GET", f"{LIST}?x={number}") for number in range(16)]
        assert connections_to(frozen) > 0
    assert [status for status, _, _ in answers] == [200] * 16


def test_a_counted_list_is_out_of_time_as_any_other():
    with frozen_server() as frozen, LoneGateway(CATALOG_ADDRESS=address_of(frozen)) as gateway:
        answers = [gateway.call("GET", path) for path in (LIST, f"{LIST}?q=mug")]
        assert connections_to(frozen) == 2  # nor is either asked for again
    plain, counted = [(status, headers["content-type"], headers["cache-control"],
                       {**json.loads(body), "trace_id": None}) for status, headers, body in answers]
    assert plain[0] == 504 and plain[3]["code"] == "gateway_timeout"
    assert counted == plain


def test_the_copy_of_a_list_is_served_while_the_catalog_is_frozen():
    going_on = threading.Event()
    going_on.set()

    def sometimes_frozen(_):
        going_on.wait()
        return says("a list")

    with StandIn(sometimes_frozen) as catalog, \
            LoneGateway(CATALOG_ADDRESS=catalog.address) as gateway:
        gateway.call("GET", f"{LIST}?q=mug")
        going_on.clear()
        try:
            await_true(lambda: "stale" in gateway.call(
                "GET", f"{LIST}?q=mug")[1]["cache-status"], 15, "the copy is served")
        finally:
            going_on.set()
