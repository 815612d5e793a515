"""The manifests as they are rendered: schemas, walls, and what every container has to say.

Needs kubectl for rendering and python3-yaml for reading; the schemas need `npm install` in this
folder. What is not there is skipped: CI has all of it.
"""

import pathlib
import shutil
import subprocess

import pytest

yaml = pytest.importorskip("yaml")
HERE = pathlib.Path(__file__).parent
OVERLAYS = ("local", "production")
SERVICES = ("user", "catalog", "order", "payment")

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl renders")


def render(overlay: str) -> str:
    return subprocess.run(["kubectl", "kustomize", HERE.parent / "overlays" / overlay],
                          stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.fixture(scope="module", params=OVERLAYS)
def text(request):
    return render(request.param)


@pytest.fixture
def objects(text):
    return list(yaml.safe_load_all(text))


def of_kind(objects, kind: str) -> dict[str, dict]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


@pytest.mark.skipif(not (HERE / "node_modules").exists(), reason="npm install brings the schemas")
def test_every_object_keeps_the_schema_of_its_kind(text):
    done = subprocess.run(["node", HERE / "check_schemas.mjs"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def test_every_container_is_bounded_and_may_do_nothing_but_run(objects):
    workloads = {**of_kind(objects, "Deployment"), **of_kind(objects, "Job")}
    assert {*SERVICES, "gateway"} <= workloads.keys()
    for name, workload in workloads.items():
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in pod["containers"]:
            may = container["securityContext"]
            assert may["readOnlyRootFilesystem"] is True, name
            assert may["allowPrivilegeEscalation"] is False, name
            assert may["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name


def test_every_service_is_probed_where_a_flood_does_not_reach(objects):
    for name in SERVICES:
        pod = of_kind(objects, "Deployment")[name]["spec"]["template"]["spec"]
        container = pod["containers"][0]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["port"] == "health", (name, probe)
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez", name


def test_a_service_ends_later_than_the_gateway_forgets_an_idle_connection(objects):
    for name in SERVICES:
        pod = of_kind(objects, "Deployment")[name]["spec"]["template"]["spec"]
        environment = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
        assert int(environment["DRAIN_IDLE_S"]) > 30, name
        assert pod["terminationGracePeriodSeconds"] > int(environment["DRAIN_IDLE_S"]) + 15 + 5


def test_nobody_but_its_service_reaches_a_database(objects):
    walls = of_kind(objects, "NetworkPolicy")
    assert walls["default-deny"]["spec"] == {"podSelector": {},
                                             "policyTypes": ["Ingress", "Egress"]}
    for name in SERVICES:
        clients = set()
        for rule in walls[f"{name}-db"]["spec"]["ingress"]:
            for peer in rule["from"]:
                labels = peer.get("podSelector", {}).get("matchLabels", {})
                clients |= set(labels.values())
        assert clients == {name, f"{name}-migrate", f"{name}-db"}
        reached = [peer["podSelector"]["matchLabels"]["cnpg.io/cluster"]
                   for rule in walls[name]["spec"]["egress"] for peer in rule["to"]
                   if "cnpg.io/cluster" in peer.get("podSelector", {}).get("matchLabels", {})]
        assert reached == [f"{name}-db"]


def test_every_service_that_checks_tokens_reaches_their_keys(objects):
    walls = of_kind(objects, "NetworkPolicy")
    rule, = [each for each in walls["user"]["spec"]["ingress"] if {"port": 8080} in each["ports"]]
    admitted = rule["from"][0]["podSelector"]["matchExpressions"][0]["values"]
    for name in SERVICES:
        pod = of_kind(objects, "Deployment")[name]["spec"]["template"]["spec"]
        if "JWKS_URL" not in {each["name"] for each in pod["containers"][0]["env"]}:
            continue
        assert name in admitted
        assert {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "user"}}} in [
            peer for rule in walls[name]["spec"]["egress"] for peer in rule["to"]], name


def test_a_database_reaches_its_own_instances_and_the_cluster_and_nobody_else(objects):
    walls = of_kind(objects, "NetworkPolicy")
    for name in SERVICES:
        spec = walls[f"{name}-db"]["spec"]
        assert "Egress" in spec["policyTypes"]
        own, cluster = spec["egress"]
        assert own == {"to": [{"podSelector": {"matchLabels": {"cnpg.io/cluster": f"{name}-db"}}}],
                       "ports": [{"port": 8000}, {"port": 5432}]}
        assert cluster == {"ports": [{"port": 443}, {"port": 6443}]}


def test_production_is_reached_by_tls_only():
    objects = list(yaml.safe_load_all(render("production")))
    service = of_kind(objects, "Service")["gateway"]["spec"]
    assert [port["port"] for port in service["ports"]] == [443]
    pod = of_kind(objects, "Deployment")["gateway"]["spec"]["template"]["spec"]
    settings = next(each["data"] for name, each in of_kind(objects, "ConfigMap").items()
                    if name.startswith("gateway-"))
    mounted = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    for name in ("GATEWAY_CERTIFICATE", "GATEWAY_CERTIFICATE_KEY"):
        assert settings[name].rpartition("/")[0] in mounted
    assert "gateway-tls" in [each["secret"]["secretName"] for each in pod["volumes"]
                             if "secret" in each]


def test_every_deployment_that_scales_survives_a_node_that_leaves(objects):
    for name in (*SERVICES, "gateway"):
        assert of_kind(objects, "HorizontalPodAutoscaler")[name]
        assert of_kind(objects, "PodDisruptionBudget")[name]["spec"]["maxUnavailable"] == 1


def test_production_runs_named_releases_only():
    deployments = of_kind(yaml.safe_load_all(render("production")), "Deployment").values()
    for deployment in deployments:
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            tag = container["image"].rpartition(":")[2]
            assert tag[0].isdigit(), container["image"]
