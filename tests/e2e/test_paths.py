"""A path that two parsers may understand differently reaches no service."""

import pytest
from lone_gateway import LoneGateway, StandIn


@pytest.fixture(scope="module")
def catalog():
    with StandIn(lambda _: (200, {}, b"{}")) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def gateway(catalog):
    with LoneGateway(CATALOG_ADDRESS=catalog.address) as lone:
        yield lone


# Behind what is a blank or a question mark when it is decoded, they are looked for too.
@pytest.mark.parametrize("end", ["", "%20", "%20%3f", "%3f", "%3f%20%3f", "%20/_problem", "%23"])
@pytest.mark.parametrize("path", [
    "/internal/v1/x/%2e%2e/%2e%2e/%2e%2e/api/v1/products/a{}",
    "/internal/v1/x/../../../api/v1/products/a{}",
    "/internal/v1/x/.%2E/%2e./../api/v1/products/a{}?q=1",
    "/api/v1/products/a{}b%2fc", "/api/v1/products/a{}b%5Cc", "/api/v1/products/a{}/./b",
    "/api/v1/products/a{}/../b", "/api/v1/products/a{}b\\c", "/api/v1/products/a{}/..;/b",
    "/api/v1/products/a{}/..#"])
def test_what_a_service_may_read_as_another_path_is_not_passed_on(gateway, catalog, path, end):
    catalog.asked.clear()
    answer, = gateway.target.ask(
        f"GET {path.format(end)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert not catalog.asked


@pytest.mark.parametrize("path", [
    "/api/v1/products/by-sku/A%20mug", "/api/v1/products/by-sku/a...b", "/api/v1/products/a%3fb",
    "/api/v1/products?q=a/../b%2fc%5cd", "/api/v1/products/by-sku/.hidden"])
def test_what_merely_looks_like_one_is(gateway, catalog, path):
    catalog.asked.clear()
    assert gateway.call("GET", path)[0] == 200
    assert [each.path for each in catalog.asked] == [path]
