"""A provider that says the least that its contract promises, and takes nothing but what it names.

What a consumer's real binary does with it shows both halves of the contract: it asks for nothing
that is not written down, and needs nothing that is not.
"""

import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from expectations import Contract
from matching import example, filled


def pattern_of(path: str) -> re.Pattern:
    """The path with each `{name}` as a group; a name comes once in a path."""
    return re.compile("".join(
        f"(?P<{part[1:-1]}>[^/?&]+)" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", path)))


class StandIn:
    """Answers the interactions named in `plays`; anything else is noted in `strangers`, and 500.

    Of interactions that begin alike (a card that is good, one that is not), `plays` names one.
    """

    def __init__(self, contract: Contract, values: dict[str, str], *plays: str):
        self._interactions = [contract.interactions[name] for name in plays]
        self._values = values
        self.called: list[str] = []
        self.strangers: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes, content_type: str) -> tuple[int, object]:
        for interaction in self._interactions:
            request = interaction["request"]
            found = pattern_of(request["path"]).fullmatch(path)
            if method != request["method"] or not found:
                continue
            values = {**self._values, **found.groupdict()}
            if not self._takes(request, body, content_type, values):
                continue
            self.called.append(interaction["name"])
            status = interaction["response"]["status"]
            said = example(filled(interaction["response"]["body"], values))
            said |= {field: values[name] for name, field
                     in interaction.get("remember", {}).items()}
            return (status[0] if isinstance(status, list) else status), said
        self.strangers.append(f"{method} {path} {body.decode('utf-8', 'replace')}")
        return 500, {"code": "internal"}

    @staticmethod
    def _takes(request: dict, body: bytes, content_type: str, values: dict) -> bool:
        """Whether exactly that is sent. An id that is new with every run teaches us its value."""
        if "form" in request:
            sent = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            return learn(request["form"], sent, values)
        if "body" in request:
            return content_type == "application/json" and learn(request["body"], json.loads(body),
                                                                values)
        return body in (b"", b"null")

    def _handler(stand_in):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, said = stand_in.answer(self.command, self.path, body,
                                               self.headers.get("Content-Type", ""))
                sent = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = reply

            def log_message(self, *_):
                pass
        return Handler


def learn(expected, sent, values: dict[str, str]) -> bool:
    """Whether `sent` is what is expected, no more and no less; new `{name}`s are noted."""
    if isinstance(expected, dict):
        return (isinstance(sent, dict) and expected.keys() == sent.keys()
                and all(learn(expected[key], sent[key], values) for key in expected))
    if isinstance(expected, list):
        return (isinstance(sent, list) and len(expected) == len(sent)
                and all(learn(*pair, values) for pair in zip(expected, sent)))
    if isinstance(expected, str) and re.fullmatch(r"\{\w+\}", expected):
        return values.setdefault(expected[1:-1], sent) == sent
    return expected == sent and type(expected) is type(sent)
