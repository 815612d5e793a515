"""Tokens as an attacker would write them: every part of a JWT by hand, signed by openssl."""

import base64
import json
import pathlib
import subprocess
import time


def encode(data) -> str:
    """base64url without padding, of bytes or of what becomes JSON."""
    if not isinstance(data, bytes):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def parts_of(token: str) -> tuple[dict, dict, str]:
    """Header, claims and signature."""
    header, payload, signature = token.split(".")
    return json.loads(decode(header)), json.loads(decode(payload)), signature


def made_up_token(**claims) -> str:
    """With these claims and no signature worth the name; it looks well as long as `exp` does."""
    return f"{encode({'alg': 'ES256', 'typ': 'at+jwt'})}.{encode(claims)}.{'A' * 86}"


def raw_signature(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature, 32 bytes each, out of openssl's DER form."""
    first_size = der[3]
    first = der[4:4 + first_size]
    second = der[6 + first_size:]
    return b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in (first, second))


class Key:
    """A P-256 key in a PEM file."""

    def __init__(self, path: pathlib.Path):
        self.path = path

    @classmethod
    def make(cls, folder: pathlib.Path) -> "Key":
        path = folder / "attacker.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-out", path], check=True, capture_output=True)
        return cls(path)

    def sign(self, header: dict, claims: dict) -> str:
        """A token with whatever is in it, signed with ES256."""
        signed = f"{encode(header)}.{encode(claims)}"
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.path],
                             input=signed.encode(), check=True, capture_output=True).stdout
        return f"{signed}.{encode(raw_signature(der))}"

    def jwk(self) -> dict:
        der = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"],
                             check=True, capture_output=True).stdout
        return {"kty": "EC", "crv": "P-256", "x": encode(der[-64:-32]), "y": encode(der[-32:])}


def public_pem(jwk: dict) -> bytes:
    """The PEM file that an attacker would make of a published key: SPKI for P-256."""
    prefix = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
    der = prefix + b"\x04" + decode(jwk["x"]) + decode(jwk["y"])
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n".encode()


def service_token(state: pathlib.Path, caller: str, audience: str, **changes) -> str:
    """As the service `caller` would make it to call `audience`, but for the changes."""
    secrets = state / "secrets"
    key_set = json.loads((secrets / "service-key-set.json").read_text())["keys"]
    kid = next(key["kid"] for key in key_set if key["iss"] == caller)
    now = int(time.time())
    claims = {"iss": caller, "aud": audience, "iat": now, "nbf": now, "exp": now + 60,
              "scope": "internal", **changes}
    return Key(secrets / f"{caller}-service-key.pem").sign(
        {"alg": "ES256", "typ": "svc+jwt", "kid": kid}, claims)
