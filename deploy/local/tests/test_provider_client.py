"""The provider's books are read to their end, against a small HTTP server."""

import http.server
import json
import urllib.parse

import provider_client
import pytest
from local_server import serving
from provider_client import MOST, Provider


class Books(http.server.BaseHTTPRequestHandler):
    """A list of the server's `refunds`, by pages as the provider has them."""

    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        ids = [refund["id"] for refund in self.server.refunds]
        begin = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        end = begin + int(query["limit"])
        content = json.dumps({"data": self.server.refunds[begin:end],
                              "has_more": end < len(ids)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def books():
    with serving(Books) as server:
        yield server


def of(books) -> Provider:
    return Provider({"PSP_URL": f"http://127.0.0.1:{books.server_port}", "PSP_API_KEY": "key"})


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 2 * MOST + 50])
def test_all_refunds_are_read_however_many_there_are(books, count):
    books.refunds = [{"id": f"re_{number}", "status": "succeeded"} for number in range(count)]
    assert of(books).paid_refunds({"id": "pi_1", "status": "succeeded"}) == books.refunds


def test_what_was_read_of_a_list_without_an_end_is_not_taken_for_all_of_it(books, monkeypatch):
    books.refunds = [{"id": f"dp_{number}"} for number in range(MOST + 1)]
    monkeypatch.setattr(provider_client, "LIST_WITHIN_S", -1.0)
    with pytest.raises(TimeoutError):
        of(books).disputes()
