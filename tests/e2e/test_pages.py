"""The storefront and the console as the gateway serves them, and the sessions of their own. What
they do in a browser is told in tests/browser.
"""

import gzip
import re

import pytest


def cookie_of(answer) -> str:
    return answer.headers["set-cookie"].split(";")[0]


def signed_in(system):
    email, password = system.account()
    return system.anonymous().call("POST", "/web/session", {"email": email, "password": password},
                                   expect=(201,))


def everything_of(system, path: str) -> dict[str, bytes]:
    """The page and all that it loads from its own origin, packed, by path."""
    found, wanted = {}, {path}
    while wanted:
        path = wanted.pop()
        answer = system.anonymous().call("GET", path, headers={"Accept-Encoding": "gzip"},
                                         expect=(200,))
        found[path] = answer.body
        text = (gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip"
                else answer.body).decode()
        assert answer.headers["content-security-policy"].startswith("default-src 'self'"), path
        assert answer.headers["cache-control"] == "no-cache", path
        assert not re.search(r"(?:src|href|from|import)[ =('\"]+(?:https?:)?//", text), path
        assert not re.search(r"<script>|\son[a-z]+=\"|<style| style=\"", text), path
        near = path[:path.rindex("/")] if path.endswith(".js") else ""
        wanted |= set(re.findall(r"(?:src|href)=\"(/(?:shop|console|shared)/[^\"#]+)\"", text))
        wanted |= set(re.findall(r"from '(/[^']+\.js)'", text))
        wanted |= {f"{near}/{name}" for name in re.findall(r"from '\./([^']+)'", text)}
        wanted -= found.keys()
    return found


@pytest.mark.parametrize("path", ["/", "/console"])
def test_a_page_comes_with_all_it_needs_in_less_than_100_kb(system, path):
    loaded = everything_of(system, path)
    assert "/shared/library/mithril.js" in loaded and "/shared/style.css" in loaded
    assert sum(map(len, loaded.values())) < 100_000


def test_a_file_that_has_not_changed_is_not_sent_again(system):
    first = system.anonymous().call("GET", "/shared/style.css", expect=(200,))
    again = system.anonymous().call("GET", "/shared/style.css",
                                    headers={"If-None-Match": first.headers["etag"]})
    assert again.status == 304


def test_a_page_never_sees_its_refresh_token(system):
    answer = signed_in(system)
    assert "refresh_token" not in answer.json() and answer.json()["access_token"]
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/web/session"):
        assert attribute in answer.headers["set-cookie"]


def test_a_session_is_taken_up_by_its_cookie_until_it_is_ended(system):
    cookie = cookie_of(signed_in(system))
    again = system.anonymous().call("POST", "/web/session/refresh", headers={"Cookie": cookie},
                                    expect=(200,))
    assert again.json()["user"]["email"] and "refresh_token" not in again.json()
    cookie = cookie_of(again)
    token = again.json()["access_token"]
    sessions = system.anonymous().as_user(token).call("GET", "/api/v1/sessions", expect=(200,))
    assert len(sessions.json()["data"]) == 1
    ended = system.anonymous().call("DELETE", "/web/session", headers={"Cookie": cookie},
                                    expect=(204,))
    assert "Max-Age=0" in ended.headers["set-cookie"]
    gone = system.anonymous().call("POST", "/web/session/refresh", headers={"Cookie": cookie})
    assert gone.status == 204 and "Max-Age=0" in gone.headers["set-cookie"]


def test_ending_a_session_ends_it_whatever_comes_with_the_request(system):
    answer = signed_in(system)
    system.anonymous().call("DELETE", "/web/session", {"why": "not"},
                            headers={"Cookie": cookie_of(answer)}, expect=(204,))
    buyer = system.anonymous().as_user(answer.json()["access_token"])
    assert buyer.call("GET", "/api/v1/sessions", expect=(200,)).json()["data"] == []


def test_pages_are_only_read(system):
    for path in ("/", "/console", "/docs", "/docs/order.yaml", "/favicon.ico"):
        refused = system.anonymous().call("POST", path, {})
        assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD"), path
    refused = system.anonymous().call("PUT", "/web/session", {})
    assert (refused.status, refused.headers["allow"]) == (405, "POST, DELETE")


def test_strangers_have_no_session_and_wrong_words_open_none(system):
    assert system.anonymous().call("POST", "/web/session/refresh").status == 204
    for body in ({"email": "a@b.example", "password": "x"}, {}, {"email": 1}):
        refused = system.anonymous().call("POST", "/web/session", body)
        assert refused.status in (401, 422) and "set-cookie" not in refused.headers
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["instance"] == "/web/session"
    assert system.anonymous().call("GET", "/web/session").status == 405
    assert system.anonymous().call("GET", "/web/session/refresh").status == 405


@pytest.mark.parametrize("header", [{"Origin": "https://elsewhere.example"},
                                    {"Sec-Fetch-Site": "same-site"},
                                    {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_cannot_use_the_cookie(system, header):
    cookie = cookie_of(signed_in(system))
    for method, path in (("POST", "/web/session/refresh"), ("DELETE", "/web/session"),
                         ("POST", "/web/session")):
        refused = system.anonymous().call(method, path, {} if path == "/web/session" else None,
                                          headers={"Cookie": cookie, **header})
        assert refused.status == 403 and "set-cookie" not in refused.headers
        assert refused.json()["detail"] == "Only our own pages may do this."
    assert system.anonymous().call("POST", "/web/session/refresh",
                                   headers={"Cookie": cookie}).status == 200


def test_a_cookie_is_kept_while_the_user_service_is_away(system):
    cookie = cookie_of(signed_in(system))
    system.kill("user")
    try:
        answer = system.anonymous().call("POST", "/web/session/refresh", headers={"Cookie": cookie})
        assert answer.status >= 500 and "set-cookie" not in answer.headers
        assert answer.json()["retryable"]
    finally:
        system.start("user")
    assert system.anonymous().call("POST", "/web/session/refresh",
                                   headers={"Cookie": cookie}).status == 200
