"""How bad input is refused, where the reason matters. Thousands of bad requests of every kind are
made from the documents: test_generated_bad_requests.py.
"""

import pytest


def test_a_validation_error_says_where(system, buyer):
    body = {"lines": [{"product_id": "no id", "quantity": 0}], "payment_method": 5, "colour": "red"}
    answer = system.place(buyer, body)
    assert (answer.status, answer.code) == (422, "validation_failed")
    found = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert found["/lines/0/quantity"] == "out_of_range"
    assert found["/payment_method"] == "wrong_type"
    assert found["/colour"] == "unknown_field"
    assert "/lines/0/product_id" in found


@pytest.mark.parametrize("headers, status, code", [
    ({"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415,
     "unsupported_media_type"),
])
def test_a_body_of_another_kind_is_refused(system, headers, status, code):
    answer = system.anonymous().call("POST", "/api/v1/users", b"{}", headers=headers)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1.5", "cursor=%00",
                                   "cursor=nonsense", "cursor=" + "a" * 3000, "status=nope",
                                   "limit=5&limit=zzz", "limit=5&limit=5"])
def test_bad_queries_are_refused(buyer, query):
    answer = buyer.call("GET", f"/api/v1/orders?{query}")
    assert answer.status == 400, answer.text()
    assert answer.code in ("invalid_query", "invalid_cursor")


@pytest.mark.parametrize("token", [
    "", "x", "a.b.c", "Bearer", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", "x" * 5000])
def test_bad_tokens_are_refused(system, token):
    answer = system.anonymous().as_user(token or " ").call("GET", "/api/v1/orders")
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_ids_that_are_none_lead_nowhere(system, buyer):
    for path in ("/api/v1/orders/1", "/api/v1/orders/' OR 1=1", "/api/v1/orders/%00x",
                 "/api/v1/orders/00000000-0000-0000-0000-000000000000"):
        status = buyer.call("GET", path.replace(" ", "%20")).status
        assert status in (400, 404), path
