"""A service's name as the gateway has it looked up: Nginx asks the name server for just that."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[3]
SERVICES = ("user", "catalog", "order", "payment")
POD = """\
search {} svc.cluster.local cluster.local eu-central-1.compute.internal
nameserver 10.96.0.10
options ndots:5
"""
HOST = "nameserver 127.0.0.11\nsearch office.example.com example.com\noptions ndots:0\n"
IN_A_POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}  # as Kubernetes says it to every container
SEARCH_PATH = f"/usr/sbin:{os.environ['PATH']}"

pytestmark = pytest.mark.skipif(shutil.which("nginx", path=SEARCH_PATH) is None,
                                reason="configure asks Nginx for its version")


@pytest.fixture
def upstreams(tmp_path):
    """What Nginx is told to look up on a machine with that resolv.conf."""
    def configure(resolv_conf: str, **settings: str) -> str:
        (tmp_path / "resolv.conf").write_text(resolv_conf)
        subprocess.run([ROOT / "deploy/gateway/configure", tmp_path / "conf"], check=True,
                       stderr=subprocess.DEVNULL,
                       env={"PATH": SEARCH_PATH, **settings,
                            "GATEWAY_RESOLV_CONF": str(tmp_path / "resolv.conf")})
        return (tmp_path / "conf" / "upstreams.conf").read_text()
    return configure


def looked_up(text: str) -> set[str]:
    """As Nginx 1.27.3 and newer are told, and as older ones."""
    return set(re.findall(r"(?:server|default) ([^ ;]+:[0-9]+)", text))


@pytest.mark.parametrize("domain", ["mercato.svc.cluster.local", "mercato-local.svc.corp.example"])
def test_a_pod_asks_for_the_service_of_its_own_namespace(upstreams, domain):
    text = upstreams(POD.format(domain), **IN_A_POD)
    assert looked_up(text) == {f"{name}.{domain}:{port}"
                               for name in SERVICES for port in (8080, 9080)}
    assert "resolver 10.96.0.10 " in text


@pytest.mark.parametrize("resolv_conf", [HOST, POD.format("ci.svc.cluster.local")],
                         ids=["on a host", "in a container whose host is a pod"])
def test_elsewhere_a_name_stays_as_it_is(upstreams, resolv_conf):
    assert looked_up(upstreams(resolv_conf)) == {f"{name}:{port}"
                                          for name in SERVICES for port in (8080, 9080)}


def test_what_is_no_short_name_stays_as_it_is(upstreams):
    settings = {"USER_ADDRESS": "users.example.com:80", "CATALOG_ADDRESS": "10.0.0.1:1,10.0.0.2:1",
                "ORDER_ADDRESS": "[fd00::1]:8083", "PAYMENT_ADDRESS": "tasks.payment.:8080"}
    found = looked_up(upstreams(POD.format("mercato.svc.cluster.local"), **IN_A_POD, **settings))
    assert {each for addresses in settings.values() for each in addresses.split(",")} <= found
