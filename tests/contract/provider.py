"""A provider under test: its real binary, asked what a consumer asks."""

import json
import pathlib
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from expectations import Contract
from forgery import service_token
from matching import differences, filled, status_matches


def uuid7() -> str:
    """An id as our services make them (RFC 9562, 5.7): order ids tell their time."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62))


class Provider:
    """`given` makes the values that do not depend on a call, such as {product}."""

    def __init__(self, base_url: str, health_url: str, authorization, given):
        self.base_url, self.health_url = base_url, health_url
        self._authorization, self._given = authorization, given

    def ask(self, request: dict) -> tuple[int, object]:
        headers = {"Authorization": self._authorization()}
        data = None
        if "body" in request:
            data = json.dumps(request["body"]).encode()
            headers["Content-Type"] = "application/json"
        elif "form" in request:
            data = urllib.parse.urlencode(request["form"]).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif request["method"] == "POST":
            data = b""
        if "key" in request:
            headers["Idempotency-Key"] = request["key"]
        base = self.health_url if request.get("port") == "health" else self.base_url
        asked = urllib.request.Request(base + request["path"], data, headers,
                                       method=request["method"])
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def broken_expectations(self, contract: Contract, name: str) -> list[str]:
        """Does what comes before, then asks; what the consumer would miss in the answer."""
        interaction = contract.interactions[name]
        values = {**self._given(), "order": uuid7(), "refund": uuid7(), "nothing": uuid7(),
                  "nobody": uuid7(), "position": str(2**62), "limit": "100"}
        for before in [*interaction.get("after", []), name]:
            step = contract.interactions[before]
            status, body = self.ask(filled(step["request"], values))
            expected = step["response"]
            if not status_matches(expected["status"], status):
                return [f"{before}: status {expected['status']} is expected, not {status}: {body}"]
            found = differences(filled(expected["body"], values), body)
            if found:
                return [f"{before}: {each}" for each in found]
            values |= {key: body[field] for key, field in step.get("remember", {}).items()}
        return []


def provider_of(system, contract: Contract) -> Provider:
    """The provider as it runs in the installation of the tests."""
    name, consumer = contract.provider, contract.consumer
    base_url = system.env[f"{name.upper()}_URL"]
    port = urllib.parse.urlsplit(base_url).port

    def authorization() -> str:
        if name == "psp":
            return f"Bearer {system.env['PSP_API_KEY']}"
        if consumer == "gateway":
            return ""
        return f"Bearer {service_token(pathlib.Path(system.state), consumer, name)}"

    return Provider(base_url, f"http://127.0.0.1:{port + 1000}", authorization,
                    lambda: system.contract_values)
