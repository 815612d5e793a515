"""Debian's Prometheus watches a system at work: all is reached, every question has an answer."""

import re
import subprocess

import pytest
from conftest import ROOT, shopping
from installation import SERVICES
from named_metrics import dashboard_queries
from system import await_true

STORES = {"gateway", "redis", *(f"{service}-db" for service in SERVICES)}
COMPARISON = re.compile(r"\s*(?:==|>=|<=|>|<)\s*[0-9.]+(?:\s*\*\s*[0-9.]+)?\s*$")
ABSENT = re.compile(r"absent\((.*)\)")


def answers_of(rule: dict) -> list[str]:
    """What a rule asks for: an alert that is silent has no values, so its comparisons are left out,
    as is what has to be absent for it; what lies between "and" and "or" is asked one by one.
    """
    if rule["type"] == "recording":
        return [rule["name"]]
    parts = re.split(r"\s+(?:and|or)\s+", rule["query"])
    return [COMPARISON.sub("", ABSENT.sub(r"\1", part)) for part in parts]


@pytest.fixture(scope="module")
def busy(system, prometheus):
    with shopping(system):
        yield prometheus


def test_everything_is_reached(busy):
    def states() -> dict[str, str]:
        return {target["labels"]["job"]: target["health"]
                for target in busy.get("targets")["activeTargets"]}
    await_true(lambda: set(states().values()) == {"up"}, 60, "all targets are up")
    assert set(states()) == {*SERVICES, *STORES}


def test_exporters_reach_what_they_tell_of(busy):
    for query, count in (("nginx_up == 1", 1), ("pg_up == 1", 4),
                         ('redis_up{job="redis"} == 1', 1)):
        await_true(lambda query=query, count=count: len(busy.values(query)) == count, 60, query)


def test_every_rule_is_worked_out_and_has_data(busy):
    def rules() -> list[dict]:
        return [rule for group in busy.get("rules")["groups"] for rule in group["rules"]]
    await_true(lambda: all(rule["health"] == "ok" for rule in rules()), 60, "the rules are healthy")
    queries = [query for rule in rules() for query in answers_of(rule)]
    assert len(queries) > 30
    missing = set(queries)

    def all_answered() -> bool:
        missing.difference_update([query for query in missing if busy.values(query)])
        return not missing
    try:
        await_true(all_answered, 120, "every rule has data")
    except AssertionError as late:
        raise AssertionError(f"without data: {sorted(missing)}") from late


def test_every_panel_of_the_dashboards_has_data(busy):
    # A service that calls nobody has no calls to show: the one that calls all stands for all.
    missing = {query.replace("$job", "order") for query in dashboard_queries()}
    assert len(missing) > 50

    def all_answered() -> bool:
        missing.difference_update([query for query in missing if busy.values(query)])
        return not missing
    try:
        await_true(all_answered, 120, "every panel has data")
    except AssertionError as late:
        raise AssertionError(f"without data: {sorted(missing)}") from late


def test_containers_are_watched_the_same_way():
    file = ROOT / "deploy" / "observability" / "prometheus" / "prometheus.yml"
    done = subprocess.run(["promtool", "check", "config", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(re.findall(r"job_name: (\S+)", file.read_text())) == {*SERVICES, *STORES}
