"""Tokens as services show them to each other, signed with the key of the one that is spoken for."""

import base64
import json
import pathlib
import subprocess
import time


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_signature(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature side by side (RFC 7518, 3.4), out of its DER form."""
    at, numbers = 2, b""
    for _ in range(2):
        length = der[at + 1]
        numbers += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return numbers


def service_token(secrets: pathlib.Path, consumer: str, provider: str) -> str:
    keys = json.loads((secrets / "service-key-set.json").read_text(encoding="utf-8"))["keys"]
    kid = next(key["kid"] for key in keys if key["iss"] == consumer)
    now = int(time.time())
    header = {"alg": "ES256", "typ": "svc+jwt", "kid": kid}
    claims = {"iss": consumer, "aud": provider, "scope": "internal",
              "iat": now, "nbf": now, "exp": now + 60}
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    der = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", str(secrets / f"{consumer}-service-key.pem")],
        input=signed.encode(), stdout=subprocess.PIPE, check=True).stdout
    return f"{signed}.{base64url(raw_signature(der))}"
