"""A merchant's web server, which remembers what webhooks told it."""

import http.server
import json
import threading


class Merchant:
    """Listens on loopback until it is closed."""

    def __init__(self):
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        merchant = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                merchant.heard.append(({name.lower(): value for name, value in
                                        self.headers.items()}, body))
                self.send_response(merchant.answer())
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/mercato"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self) -> int:
        """The status of the next answer."""
        return self.status

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def told(self, order_id: str) -> list[str]:
        messages = [json.loads(body) for _, body in self.heard]
        return [message["type"] for message in messages
                if message["data"]["order_id"] == order_id]
