"""A collector of spans, for one test: OTLP over HTTP in JSON, willing or not."""

import contextlib
import http.server
import json
import threading


class Collector(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans: list[dict] = []  # each with its service
        self.frozen = threading.Event()  # set: takes what it is sent, and answers nobody
        self.thawed = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def names(self, service: str) -> set[str]:
        return {span["name"] for span in list(self.spans) if span["service"] == service}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.frozen.is_set():
            self.server.thawed.wait(60)
            return
        for resource in body["resourceSpans"]:
            service = next(one["value"]["stringValue"] for one in
                           resource["resource"]["attributes"] if one["key"] == "service.name")
            for scope in resource["scopeSpans"]:
                self.server.spans += [{**span, "service": service} for span in scope["spans"]]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def collecting():
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.thawed.set()
        collector.shutdown()
        collector.server_close()
        thread.join()
