"""What is public comes from the gateway's cache: fresh within two seconds, and served for a day
while the catalog is away.
"""

import time

from system import at_once, await_true

FRESH_S = 2.0
# Fresh, or as the catalog has just said.
CURRENT = ("gateway; hit", "gateway; hit; detail=revalidated", "gateway; fwd=stale",
           "gateway; fwd=miss")


def renamed(system, product: dict, name: str) -> None:
    system.admin().call("PATCH", f"/api/v1/products/{product['id']}", {"name": name},
                        headers={"If-Match": "*"}, expect=(200,))


def seen(system, product: dict, **headers: str):
    return system.anonymous().call("GET", f"/api/v1/products/{product['id']}", headers=headers,
                                   expect=(200,))


def test_a_change_shows_within_two_seconds_everywhere(system):
    product = system.product(name="First")
    paths = (f"/api/v1/products/{product['id']}", f"/api/v1/products/by-sku/{product['sku']}",
             "/api/v1/products?limit=1", "/api/v1/storefront")
    reader = system.anonymous()
    for number in range(5):
        for path in paths:
            reader.call("GET", path)
        time.sleep(number * 0.23)  # at different moments of the gateway's second
        for path in paths:
            reader.call("GET", path)
        name = f"Renamed {number}"
        renamed(system, product, name)
        changed = time.monotonic()
        for path in paths:
            await_true(lambda p=path, n=name: n in reader.call("GET", p).text(),
                       max(0.0, FRESH_S - (time.monotonic() - changed)) + 0.05,
                       f"{path} shows {name}")


def test_repeated_reads_do_not_reach_the_catalog(system):
    product = system.product()
    statuses = [seen(system, product).headers["cache-status"] for _ in range(10)]
    assert statuses.count("gateway; hit") >= 5, statuses
    # Nobody behind the gateway may keep it for longer.
    assert "max-age=0" in seen(system, product).headers["cache-control"]


def test_whoever_shows_a_token_or_asks_for_it_gets_the_catalogs_own_answer(system, buyer):
    product = system.product(name="First")
    seen(system, product)
    renamed(system, product, "Second")
    path = f"/api/v1/products/{product['id']}"
    own = buyer.call("GET", path)
    assert own.json()["name"] == "Second" and "hit" not in own.headers["cache-status"]
    assert own.headers["cache-control"] == "private, no-cache"
    for headers in ({"Cache-Control": "no-cache"}, {"Cache-Control": "max-age=0"},
                    {"Pragma": "no-cache"}, {"Authorization": "Bearer nonsense"}):
        answer = seen(system, product, **headers)
        assert answer.json()["name"] == "Second", headers
        assert "hit" not in answer.headers["cache-status"], headers
    # What was asked for with a token is not what others get.
    system.admin().call("GET", f"/api/v1/products/{product['id']}/stock", expect=(200,))
    assert system.anonymous().call("GET", f"/api/v1/products/{product['id']}/stock").status == 401


def test_a_copy_that_is_still_good_is_not_sent_again(system):
    product = system.product()
    tag = seen(system, product).headers["etag"]
    for headers in ({}, {"Cache-Control": "no-cache"}):
        answer = system.anonymous().call("GET", f"/api/v1/products/{product['id']}",
                                         headers={"If-None-Match": tag, **headers})
        assert (answer.status, answer.body) == (304, b"")
    other = system.anonymous().call("GET", f"/api/v1/products/{product['id']}",
                                    headers={"If-None-Match": '"other"'})
    assert other.status == 200


def test_errors_are_not_kept(system):
    sku = "NOT-THERE-YET-1"
    reader = system.anonymous()
    assert reader.call("GET", f"/api/v1/products/by-sku/{sku}").status in (200, 404)
    if reader.call("GET", f"/api/v1/products/by-sku/{sku}").status == 404:
        system.admin().call("POST", "/api/v1/products", {
            "sku": sku, "name": "There now", "price": {"amount": 1, "currency": "GBP"}},
            expect=(201,))
        assert reader.call("GET", f"/api/v1/products/by-sku/{sku}").status == 200


def test_without_the_catalog_browsing_goes_on(system):
    product = system.product()
    path = f"/api/v1/products/{product['id']}"
    reader = system.anonymous()
    buyer, account = system.buyer(), system.account()
    for known in (path, "/api/v1/products", "/api/v1/categories", "/api/v1/storefront"):
        reader.call("GET", known, expect=(200,))
    system.kill("catalog")
    try:
        time.sleep(FRESH_S + 0.1)  # until nothing is fresh any more
        for known in (path, "/api/v1/products", "/api/v1/categories"):
            answer = reader.call("GET", known)
            assert answer.status == 200, answer.text()
            assert answer.headers["cache-status"] == "gateway; hit; detail=stale"
        assert reader.call("GET", path).json()["id"] == product["id"]
        # What was never asked for is not there, which is told as it is.
        assert reader.call("GET", "/api/v1/products?q=never+asked").status == 502
        assert system.anonymous().sign_in(*account).token
        mine = buyer.call("GET", "/api/v1/storefront", expect=(200,)).json()
        assert mine["me"] and mine["orders"] == [] and "me" not in mine["degraded"]
    finally:
        system.start("catalog")
    await_true(lambda: "stale" not in reader.call("GET", path).headers["cache-status"], 3,
               "the catalog is asked again")


def test_nobody_is_given_an_old_copy_while_somebody_else_asks_for_a_new_one(system):
    product = system.product()
    path = f"/api/v1/products/{product['id']}"

    def read_until_old() -> str | None:
        reader = system.anonymous()
        while (said := reader.call("GET", path).headers.get("cache-status")) in CURRENT:
            pass
        return said

    seen(system, product)
    system.kill("catalog", "STOP")
    try:
        # The first to find it no longer fresh waits for the catalog, and so do all others: old as
        # it is, they get it when the catalog has failed to answer, and not before.
        said = at_once([read_until_old] * 3)
        assert set(said) == {"gateway; hit; detail=stale"}, said
    finally:
        system.kill("catalog", "CONT")


def test_a_frozen_catalog_delays_pages_but_does_not_take_them_away(system):
    product = system.product()
    seen(system, product)
    system.kill("catalog", "STOP")
    try:
        time.sleep(FRESH_S + 0.1)
        began = time.monotonic()
        assert seen(system, product).headers["cache-status"] == "gateway; hit; detail=stale"
        assert time.monotonic() - began < 5
    finally:
        system.kill("catalog", "CONT")
