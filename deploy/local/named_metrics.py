"""The metrics that rules and dashboards ask for: tests hold them against what is exported."""

import json
import pathlib
import re

OBSERVABILITY = pathlib.Path(__file__).parents[1] / "observability"
# A name is followed by labels, a range, a bracket, a comparison, a set operator, or by nothing.
NAME = re.compile(
    r"\b([a-z]+(?:_[a-z0-9]+)+)(?=\{|\[|\)|\s*[><=]=?\s*[0-9]|\s+(?:and|or)\b|\s*$)", re.M)
GROUP = re.compile(r"- name: .*")


def rule_texts() -> str:
    return "\n".join(path.read_text(encoding="utf-8")
                     for path in sorted((OBSERVABILITY / "prometheus").glob("*.rules.yml")))


def dashboard_queries() -> list[str]:
    dashboards = [json.loads(path.read_text(encoding="utf-8"))
                  for path in sorted((OBSERVABILITY / "grafana").glob("*.json"))]
    return [target["expr"] for dashboard in dashboards for panel in dashboard["panels"]
            for target in panel["targets"]]


# What Debian's exporters for Nginx, PostgreSQL and Redis tell; tests/observability asks them.
OF_EXPORTERS = re.compile(r"(nginx|pg|redis)_(?!up$)|(nginx|pg)_up$")


def named_metrics() -> set[str]:
    """Of our services; without a histogram's suffix, and without what the rules record."""
    texts = [GROUP.sub("", rule_texts()), *dashboard_queries()]
    names = NAME.findall("\n".join(texts))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names
            if not name.endswith("_over_time") and not re.match(r"\w*_rate\d", name)
            and not OF_EXPORTERS.match(name)}
