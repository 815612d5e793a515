"""The comparison itself: what breaks a consumer is found, what does not is let through."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from expectations import load
from matching import differences, example, filled
from provider import Provider

LINE = {"product_id": "{product}", "sku": "<text>", "unit_price": {"amount": "<integer>"}}


def test_the_least_that_fulfils_an_expectation_fulfils_it():
    expected = filled({"lines": [LINE]}, {"product": "p-1"})
    assert differences(expected, example(expected)) == []


def test_what_a_provider_adds_is_compatible():
    said = {"sku": "A", "unit_price": {"amount": 5, "tax": 1}, "product_id": "p-1", "weight_g": 9}
    assert differences(filled(LINE, {"product": "p-1"}), said) == []


@pytest.mark.parametrize("said, difference", [
    ({"product_id": "p-1", "sku": "A", "price": {"amount": 5}}, "/unit_price: is missing"),
    ({"product_id": "p-1", "sku": "A", "unit_price": {"amount": "5"}}, "/unit_price/amount: "),
    ({"product_id": "p-1", "sku": "A", "unit_price": {"amount": 5.0}}, "/unit_price/amount: "),
    ({"product_id": "p-1", "sku": None, "unit_price": {"amount": 5}}, "/sku: <text>"),
    ({"product_id": "p-2", "sku": "A", "unit_price": {"amount": 5}}, "/product_id: 'p-1'"),
    ([], "/: an object"),
])
def test_what_breaks_the_consumer_is_named_by_its_place(said, difference):
    found = differences(filled(LINE, {"product": "p-1"}), said)
    assert len(found) == 1 and found[0].startswith(difference)


@pytest.fixture
def tampered(system):
    """The real catalog behind a proxy that changes its answers as another release might."""
    from provider import provider_of
    contract = load("order", "catalog")
    real = provider_of(system, contract)
    servers = []

    def behind(change) -> Provider:
        class Proxy(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = {"method": "POST", "path": self.path}
                if body:
                    request["body"] = json.loads(body)
                status, answer = real.ask(request)
                sent = json.dumps(change(answer)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return Provider(f"http://127.0.0.1:{server.server_port}", "", lambda: "",
                        lambda: system.contract_values)

    yield lambda change: behind(change).broken_expectations(contract, "reserve")
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_renamed_field_of_a_provider_is_caught(tampered):
    def rename(answer):
        for line in answer["lines"]:
            line["price"] = line.pop("unit_price")
        return answer
    assert tampered(rename) == ["reserve: /lines/0/unit_price: is missing"]


def test_an_added_field_of_a_provider_passes(tampered):
    def add(answer):
        for line in answer["lines"]:
            line["weight_g"] = 350
        return {**answer, "warehouse": "north"}
    assert tampered(add) == []
