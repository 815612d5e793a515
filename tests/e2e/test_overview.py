"""GET /api/v1/admin/overview: the figures of all services, for admins."""

from installation import SERVICES


def test_an_admin_sees_the_figures_of_every_service(system, admin):
    def overview() -> dict:
        return admin.call("GET", "/api/v1/admin/overview", expect=(200,)).json()

    before = overview()
    assert set(before) == {"services", "degraded"} and before["degraded"] == []
    assert set(before["services"]) == set(SERVICES)
    for figures in before["services"].values():
        assert figures["memory_bytes"] > 1_000_000 and figures["uptime_s"] > 0
        assert figures["cpu_s"] > 0 and figures["version"]
        assert {"total", "server_errors", "shed", "p99_ms"} <= figures["requests"].keys()
        assert any(one["name"] == "db_up" for one in figures["metrics"])
    for _ in range(5):
        admin.call("GET", "/api/v1/orders", expect=(200,))
    grown = (overview()["services"]["order"]["requests"]["total"]
             - before["services"]["order"]["requests"]["total"])
    assert grown >= 5


def test_the_figures_are_for_admins_alone(system, buyer):
    path = "/api/v1/admin/overview"
    assert system.anonymous().call("GET", path).code == "unauthenticated"
    assert system.anonymous().as_user("nonsense").call("GET", path).status == 401
    refused = buyer.call("GET", path)
    assert (refused.status, refused.code) == (403, "forbidden")
    assert buyer.call("GET", "/figures").status == 404
    assert system.admin().call("POST", path, {}).status == 405


def test_the_figures_of_those_who_are_there_are_shown(system, admin):
    system.kill("payment")
    try:
        answer = admin.call("GET", "/api/v1/admin/overview", expect=(200,)).json()
        assert answer["degraded"] == ["payment"] and answer["services"]["payment"] is None
        assert answer["services"]["order"]["requests"]["total"] > 0
    finally:
        system.start("payment")
