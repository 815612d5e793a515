"""What a proxy on an edge takes for one request, and that it passes on what it does not break."""

import collections
import http.client
import http.server
import threading

from edges import Edge, Proxies, is_whole_request


def test_one_request_is_one_from_its_first_line_to_the_end_of_its_body():
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
    assert is_whole_request(head + b"{}")
    assert is_whole_request(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    assert not is_whole_request(head + b"{")
    assert not is_whole_request(head + b"{}GET /a HTTP/1.1\r\n\r\n")
    assert not is_whole_request(b"{}")


class Counting(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: collections.Counter = collections.Counter()

    def do_GET(self):
        self.asked[self.path] += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        """Not to the test's output."""


def test_it_breaks_what_it_should_and_nothing_else():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxies = Proxies(seed=1)
    url = proxies.through(Edge("order", "USER_URL", 1), f"http://127.0.0.1:{server.server_port}")
    port = int(url.rpartition(":")[2])

    def ask(path: str) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    assert [ask("/sound") for _ in range(20)] == [200] * 20
    assert Counting.asked["/sound"] == 20 and not proxies.counts
    proxies.set_breaking(True)
    assert ask("/broken") is None  # each message is broken: the connection is refused
    assert proxies.counts == {"order USER_URL: refuse": 1}
    proxies.close()
    server.shutdown()
    server.server_close()
