"""Rules, dashboards and the runbook speak of what there is."""

import importlib.util
import json
import pathlib
import re
import shutil
import subprocess

import pytest
from installation import SERVICES
from named_metrics import named_metrics, rule_texts

ROOT = pathlib.Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "observability" / "prometheus"
GRAFANA = ROOT / "deploy" / "observability" / "grafana"


def exported_metrics() -> set[str]:
    """Every name that the sources register or list as a figure."""
    names = set()
    for folder in ("shared/mercato", "services"):
        for path in (ROOT / folder).rglob("*.cpp"):
            if "tests" not in path.parts:
                names |= set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)+)"', path.read_text()))
    return names


def test_every_metric_that_is_asked_for_is_exported():
    asked = named_metrics()
    assert len(asked) > 30
    assert not asked - exported_metrics()


def test_the_dashboards_are_what_their_program_writes():
    spec = importlib.util.spec_from_file_location("make_dashboards", GRAFANA / "make_dashboards.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    for make in (program.overview, program.service, program.checkout, program.payments,
                 program.stores):
        assert json.loads((GRAFANA / f"{make.__name__}.json").read_text()) == make()


def test_every_replica_of_a_service_is_a_target_of_its_own():
    yaml = pytest.importorskip("yaml")
    jobs = {job["job_name"]: job for job in
            yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]}
    for name in SERVICES:
        found, = jobs[name]["dns_sd_configs"]
        assert (found["names"], found["type"], found["port"]) == ([name], "A", 9080)
        assert "static_configs" not in jobs[name]
        assert f'absent(up{{job="{name}"}})' in rule_texts()


def test_every_alert_has_a_section_in_the_runbook():
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    alerts = re.findall(r"- alert: (\w+)", rule_texts())
    assert len(alerts) > 15
    assert [name for name in alerts if f"\n### {name}\n" not in runbook] == []


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
@pytest.mark.parametrize("words", [
    ["check", "rules", *sorted(map(str, PROMETHEUS.glob("*.rules.yml")))],
    ["test", "rules", *sorted(map(str, (PROMETHEUS / "tests").glob("*.yml")))]])
def test_promtool_accepts_the_rules(words):
    done = subprocess.run(["promtool", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
