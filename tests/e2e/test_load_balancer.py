"""Behind a load balancer that ends TLS: the gateway takes its word for where a request came from
and how, and nobody else's.
"""

import pytest


@pytest.fixture(scope="module")
def behind_a_balancer(system):
    system.up(GATEWAY_TRUSTED_PROXIES="127.0.0.1")
    yield system
    system.up()


def sign_in(system, **headers):
    """From one of our own pages, at the host that the balancer has, by TLS as far as it knows."""
    email, password = system.account()
    return system.anonymous().call(
        "POST", "/web/session", {"email": email, "password": password},
        headers={"Host": "shop.example", "Origin": "https://shop.example", **headers})


def test_a_page_signs_in_by_the_tls_that_ended_at_the_balancer(behind_a_balancer):
    answer = sign_in(behind_a_balancer, **{"X-Forwarded-Proto": "https"})
    assert answer.status == 201, answer.text()
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize("said", [{}, {"X-Forwarded-Proto": "http"}, {"X-Forwarded-Proto": "ftp"}])
def test_without_tls_at_the_balancer_it_is_another_origin(behind_a_balancer, said):
    answer = sign_in(behind_a_balancer, **said)
    assert answer.status == 403 and "strict-transport-security" not in answer.headers


def test_the_client_is_the_one_whom_the_balancer_names(behind_a_balancer):
    said = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7"}
    answer = behind_a_balancer.anonymous().call("GET", "/api/v1/categories", headers=said)
    line = behind_a_balancer.access_log_line(answer.headers["x-request-id"])
    assert line["remote"] == "203.0.113.7"


def test_of_anybody_else_nothing_is_believed(system):
    system.up()
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    answer = sign_in(system, **said)
    assert answer.status == 403 and "strict-transport-security" not in answer.headers
    assert system.access_log_line(answer.headers["x-request-id"])["remote"] == "127.0.0.1"
