"""Forged, stale and misplaced tokens are refused, by each service on its own and by the gateway."""

import hashlib
import hmac
import http.client
import json
import re
import time
import urllib.parse
import uuid

import forgery
import pytest
from checked_gateway import CheckedGateway
from forgery import Key, encode, parts_of
from installation import SERVICES
from system import await_true

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SOMETHING = str(uuid.uuid4())
# One protected route of each service that answers 200 or 404 to a genuine token of an admin.
PROTECTED = {
    "user": "/api/v1/users/me",
    "catalog": f"/api/v1/products/{SOMETHING}/stock",
    "order": "/api/v1/cart",
    "payment": f"/api/v1/payments?order_id={SOMETHING}",
}
INTERNAL = {
    "user": ("GET", f"/internal/v1/users/{SOMETHING}"),
    "catalog": ("POST", f"/internal/v1/reservations/{SOMETHING}/commit"),
    "order": ("GET", f"/internal/v1/users/{SOMETHING}/cart"),
    "payment": ("GET", f"/internal/v1/users/{SOMETHING}/payments"),
}


@pytest.fixture(scope="module")
def attacker(tmp_path_factory):
    return Key.make(tmp_path_factory.mktemp("attacker"))


@pytest.fixture(scope="module")
def session(system):
    """A genuine session of an admin, as POST /sessions gave it."""
    return system.anonymous().call(
        "POST", "/api/v1/sessions",
        {"email": system.env["ADMIN_EMAIL"], "password": system.env["ADMIN_PASSWORD"]},
        expect=(201,)).json()


def doors(system):
    """(name, client) of every way to every service: directly, and through the gateway."""
    for service in SERVICES:
        yield service, CheckedGateway(system.env[f"{service.upper()}_URL"], patience_s=0)
        yield service, CheckedGateway(system.env["GATEWAY_URL"], patience_s=0)


def ask(door: CheckedGateway, service: str, authorization: str):
    return door.call("GET", PROTECTED[service], headers={"Authorization": authorization})


def assert_unauthenticated(answer, what: str) -> None:
    assert (answer.status, answer.code) == (401, "unauthenticated"), (what, answer.text())
    assert answer.headers["www-authenticate"].startswith("Bearer"), what
    assert answer.headers["content-type"] == "application/problem+json", what


def assert_refused_everywhere(system, tokens: dict[str, str]) -> None:
    for service, door in doors(system):
        for name, token in tokens.items():
            assert_unauthenticated(ask(door, service, f"Bearer {token}"),
                                   f"{name} at {service}, {door.base_url}")


def test_a_genuine_token_opens_every_door(system, session):
    for service, door in doors(system):
        answer = ask(door, service, f"Bearer {session['access_token']}")
        assert answer.status in (200, 404), (service, answer.text())


def changed_last_character(token: str) -> str:
    """Bits that no byte of the signature is made of: the same bytes, written in another way."""
    last = ALPHABET.index(token[-1])
    return token[:-1] + ALPHABET[last ^ 1]


def test_what_was_changed_after_signing_is_refused(system, session):
    token = session["access_token"]
    header, claims, signature = parts_of(token)
    first, middle, _ = token.split(".")
    flipped = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    assert_refused_everywhere(system, {
        "another role": f"{first}.{encode({**claims, 'role': 'owner'})}.{signature}",
        "another subject": f"{first}.{encode({**claims, 'sub': SOMETHING})}.{signature}",
        "a longer life": f"{first}.{encode({**claims, 'exp': claims['exp'] + 9})}.{signature}",
        "another type": f"{encode({**header, 'typ': 'JWT'})}.{middle}.{signature}",
        "one character": f"{first}.{middle}.{flipped}",
        "the last character cut off": token[:-1],
        "no signature": f"{first}.{middle}.",
        "two parts": f"{first}.{middle}",
        "one part": first,
        "four parts": f"{token}.{signature}",
        "padding": f"{token}==",
        "another spelling of the same bytes": changed_last_character(token),
        "the signature as a number of zeros": f"{first}.{middle}.{encode(bytes(64))}",
        "nothing but dots": "..",
    })


def test_the_algorithm_is_not_the_senders_to_choose(system, session):
    header, claims, signature = parts_of(session["access_token"])
    keys = system.anonymous().call("GET", "/.well-known/jwks.json", expect=(200,)).json()["keys"]
    key = next(key for key in keys if key["kid"] == header["kid"])

    def hs256(secret: bytes) -> str:
        signed = f"{encode({**header, 'alg': 'HS256'})}.{encode(claims)}"
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{encode(mac)}"

    tokens = {f"alg {alg}": f"{encode({**header, 'alg': alg})}.{encode(claims)}.{end}"
              for alg in ("none", "None", "NONE", "nOnE", "", "ES256K", "RS256", "ES384")
              for end in ("", signature)}
    tokens["HS256 with the public key as PEM"] = hs256(forgery.public_pem(key))
    tokens["HS256 with the public key as JWK"] = hs256(json.dumps(key).encode())
    tokens["HS256 with the coordinate"] = hs256(forgery.decode(key["x"]))
    tokens["HS256 with nothing"] = hs256(b"")
    assert_refused_everywhere(system, tokens)


def test_no_header_makes_a_foreign_key_trusted(system, session, attacker):
    header, claims, _ = parts_of(session["access_token"])
    bare = {name: value for name, value in header.items() if name != "kid"}
    jwk = {**attacker.jwk(), "kid": header["kid"], "use": "sig", "alg": "ES256"}
    somewhere = "http://127.0.0.1:9/keys"
    headers = {
        "the right kid": header,
        "an unknown kid": {**header, "kid": "unknown"},
        "no kid": bare,
        "a kid that is a path": {**header, "kid": "../../../../dev/null"},
        "a kid that is SQL": {**header, "kid": "' OR '1'='1"},
        "a kid that is a number": {**header, "kid": 1},
        "a kid that is null": {**header, "kid": None},
        "jwk": {**header, "jwk": jwk},
        "jwk without kid": {**bare, "jwk": jwk},
        "jku": {**header, "jku": somewhere},
        "x5u": {**header, "x5u": somewhere},
        "x5c": {**header, "x5c": ["MIIB"]},
        "crit": {**header, "crit": ["exp"], "exp": 0},
    }
    assert_refused_everywhere(
        system, {name: attacker.sign(forged, claims) for name, forged in headers.items()})


def test_other_credentials_are_no_access_tokens(system, session):
    assert_refused_everywhere(system, {
        "a refresh token": session["refresh_token"],
        "a session id": session["session_id"],
        "a password": system.env["ADMIN_PASSWORD"],
        "a huge token": "a" * 3000 + "." + "b" * 3000 + "." + "c" * 1000,
    })
    token = session["access_token"]
    for service, door in doors(system):
        for authorization in (token, f"Basic {token}", f"Token {token}", "Bearer", "Bearer ",
                              f"Bearer {token} {token}", f"Bearer {token},", f"Bearer\t{token}"):
            assert_unauthenticated(ask(door, service, authorization), (service, authorization[:20]))
        assert_unauthenticated(door.call("GET", PROTECTED[service]), service)


def test_two_tokens_are_none(system, session):
    for service, door in doors(system):
        url = urllib.parse.urlsplit(door.base_url)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
        connection.putrequest("GET", PROTECTED[service])
        for token in (session["access_token"], "x.y.z"):
            connection.putheader("Authorization", f"Bearer {token}")
        connection.endheaders()
        assert connection.getresponse().status in (400, 401), service
        connection.close()


def test_service_tokens_open_internal_routes_alone(system):
    for service, door in doors(system):
        token = forgery.service_token(system.state, "order", service)
        assert_unauthenticated(ask(door, service, f"Bearer {token}"), service)
        method, path = INTERNAL[service]
        answer = door.call(method, path, headers={"Authorization": f"Bearer {token}"})
        if door.base_url == system.env["GATEWAY_URL"]:
            assert (answer.status, answer.code) == (404, "not_found")
        else:
            assert answer.status not in (401, 403), (service, answer.text())


def test_internal_routes_are_opened_by_nothing_else(system, session):
    now = int(time.time())
    for service in SERVICES:
        method, path = INTERNAL[service]
        other = "catalog" if service != "catalog" else "payment"

        def forge(audience=service, **changes):
            return forgery.service_token(system.state, "order", audience, **changes)

        tokens = {
            "an access token": session["access_token"],
            "for another service": forge(audience=other),
            "for all services": forge(audience="*"),
            "in another's name": forge(iss="payment"),
            "without a scope": forge(scope=None),
            "with a scope of its own": forge(scope="admin"),
            "expired": forge(exp=now - 1, iat=now - 61, nbf=now - 61),
            "not yet valid": forge(nbf=now + 60),
            "made in the future": forge(iat=now + 60),
        }
        for name, token in tokens.items():
            answer = CheckedGateway(system.env[f"{service.upper()}_URL"], patience_s=0).call(
                method, path, headers={"Authorization": f"Bearer {token}"})
            assert_unauthenticated(answer, f"{name} at {service}")


def sign_in(system) -> str:
    return system.anonymous().sign_in(system.env["ADMIN_EMAIL"],
                                      system.env["ADMIN_PASSWORD"]).token


def test_genuine_tokens_count_for_their_issuer_audience_and_time(system):
    tokens = {}
    for name, settings in {
        "another issuer": {"TOKEN_ISSUER": "https://elsewhere.example"},
        "another audience": {"TOKEN_AUDIENCE": "elsewhere"},
        "expired": {"ACCESS_TOKEN_TTL_S": 1},
    }.items():
        with system.user_service_with(**settings):
            tokens[name] = sign_in(system)
    _, claims, _ = parts_of(tokens["expired"])
    await_true(lambda: time.time() > claims["exp"], 5, "the token has run out")
    assert_refused_everywhere(system, tokens)


def fetches_of_keys(system) -> int:
    """How often anybody asked the user service for its keys."""
    metrics = CheckedGateway(system.env["USER_URL"]).call("GET", "/metrics", expect=(200,)).text()
    assert "http_server_requests_total{" in metrics, "the user service counts requests"
    # None yet, if it was started a moment ago.
    return sum(map(int, re.findall(
        r'^http_server_requests_total\{[^}]*jwks\.json[^}]*\} (\d+)', metrics, re.M)))


def test_made_up_keys_cause_one_fetch_at_most(system, session, attacker):
    header, claims, _ = parts_of(session["access_token"])
    order = CheckedGateway(system.env["ORDER_URL"], patience_s=0)
    tokens = [attacker.sign({**header, "kid": f"made-up-{i}"}, claims) for i in range(20)]
    before, began = fetches_of_keys(system), time.monotonic()
    for token in tokens * 5:
        assert ask(order, "order", f"Bearer {token}").status == 401
    # One at the wish of a request in ten seconds, and one a minute by each of three services.
    allowed = 1 + (time.monotonic() - began) // 10 + 3 * (1 + (time.monotonic() - began) // 60)
    assert fetches_of_keys(system) - before <= allowed


def test_without_any_keys_nobody_is_judged(system, session):
    user_is_away = system.dev("stop", "user")
    assert user_is_away.returncode == 0, user_is_away.stdout
    try:
        for service in ("catalog", "order", "payment"):
            door = CheckedGateway(system.env[f"{service.upper()}_URL"], patience_s=0)
            # A restart is no harm while the last good keys are remembered,
            assert system.dev("restart", service).returncode == 0
            assert ask(door, service, f"Bearer {session['access_token']}").status in (200, 404)
            # and without them nothing can be said about any token.
            door.close()
            assert system.dev("stop", service).returncode == 0
            system.query(service, "DELETE FROM trusted_key_set")
            assert system.dev("start", service).returncode == 0
            answer = ask(door, service, f"Bearer {session['access_token']}")
            assert (answer.status, answer.code) == (503, "unavailable"), (service, answer.text())
            assert answer.headers["retry-after"]
            assert_unauthenticated(door.call("GET", PROTECTED[service]), service)
    finally:
        system.start("user")
    for service in ("catalog", "order", "payment"):
        door = CheckedGateway(system.env[f"{service.upper()}_URL"], patience_s=0)

        def is_judged():
            token = session["access_token"]
            return ask(door, service, f"Bearer {token}").status in (200, 404)  # noqa: B023
        await_true(is_judged, 10, f"{service} knows the keys again")
