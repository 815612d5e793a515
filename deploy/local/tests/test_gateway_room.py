"""What the gateway may have to keep fits where it is kept, in compose's tmpfs and the folder of a
pod, and what strangers can take of memory into that of its container: deploy/gateway/README.md.
"""

import pathlib
import re

import pytest

yaml = pytest.importorskip("yaml")
ROOT = pathlib.Path(__file__).parents[3]
GATEWAY = ROOT / "deploy" / "gateway"
UNITS_MIB = {"m": 1, "Mi": 1, "g": 1024, "G": 1024, "Gi": 1024}
# Of one that is under way while its answer is read slowly: head, buffers and njs. What is sent
# slowly takes less. tests/e2e/test_slow_readers.py measures it.
REQUEST_KIB = 160
HEAD_KIB = 48  # of a connection of which no whole head has come: test_unfinished_heads.py
UNREAD_KIB = 68  # of what the kernel sends, which it makes of the sndbuf of 32k in `configure`
TLS_KIB = 32
LIST_KIB = 127  # longer ones are not kept: new_copies.conf.template
LOOKED_AT_EVERY_S = 10  # by Nginx, whether its copies are too many
PROCESS_MIB = 15  # the master, and each worker


def mib(size: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([a-zA-Z]+)", size).groups()
    return int(number) * UNITS_MIB[unit]


def default(name: str) -> int:
    text = (GATEWAY / "configure").read_text()
    return int(re.search(rf"take_number {name} (\d+)", text)[1])


def new_lists_mib() -> float:
    """Copies that come until somebody looks whether there is room for them."""
    text = (GATEWAY / "new_copies.conf.template").read_text()
    per_second = int(re.search(r"zone=all_new_copies:\S+ rate=(\d+)r/s;", text)[1])
    burst = int(re.search(r"zone=all_new_copies burst=(\d+) nodelay;", text)[1])
    return (burst + per_second * LOOKED_AT_EVERY_S) * LIST_KIB / 1024


def kept_mib(settings: dict) -> float:
    """Copies of answers, the files of all bodies, and two imports of one admin."""
    routes = (GATEWAY / "routes.conf.template").read_text()
    server = (GATEWAY / "server.conf.template").read_text()
    body = mib(re.search(r"client_max_body_size (\d+m);", server)[1])
    imported = mib(re.search(r"client_max_body_size (\d+m);", routes)[1])
    imports = int(re.search(r"limit_conn imports (\d+);", routes)[1])
    copies = int(settings.get("CACHE_MEBIBYTES", default("CACHE_MEBIBYTES")))
    bodies = int(settings.get("BODIES_IN_ALL", default("BODIES_IN_ALL")))
    return copies + new_lists_mib() + bodies * body + imports * imported


def memory_mib(settings: dict, tls: bool = False) -> float:
    """Its processes, the requests of three addresses, and connections without a whole head, all
    with an answer that nobody reads; a request has a second connection, to a service.
    """
    workers, connections = (int(settings[f"GATEWAY_{each}"]) for each in ("WORKERS", "CONNECTIONS"))
    requests = 3 * default("REQUESTS_AT_ONCE")
    heads = workers * connections - 2 * requests
    assert heads > 0
    of_each = UNREAD_KIB + (TLS_KIB if tls else 0)
    kib = requests * REQUEST_KIB + heads * HEAD_KIB + (requests + heads) * of_each
    return PROCESS_MIB * (1 + workers) + kib / 1024


def test_what_compose_lets_it_keep_fits_into_its_memory():
    gateway = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["gateway"]
    folder, = [each for each in gateway["tmpfs"] if each.startswith("/tmp:")]
    room = mib(folder.partition("size=")[2])
    assert kept_mib(gateway["environment"]) < room
    assert room + memory_mib(gateway["environment"]) < mib(gateway["mem_limit"])


def test_what_the_swarm_lets_it_take_fits_into_its_memory():
    stack = yaml.safe_load((ROOT / "deploy/swarm/stack.yml").read_text())
    gateway = stack["services"]["gateway"]
    limit = mib(gateway["deploy"]["resources"]["limits"]["memory"])
    assert memory_mib(gateway["environment"]) < limit


def test_what_kubernetes_lets_it_keep_fits_into_its_folder_and_its_memory():
    objects = yaml.safe_load_all((ROOT / "deploy/k8s/base/gateway.yaml").read_text())
    deployment = next(each for each in objects if each["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    work = next(each for each in pod["volumes"] if each["name"] == "work")
    kustomization = yaml.safe_load((ROOT / "deploy/k8s/base/kustomization.yaml").read_text())
    literals = next(each for each in kustomization["configMapGenerator"]
                    if each["name"] == "gateway")["literals"]
    settings = dict(each.split("=", 1) for each in literals)
    assert kept_mib(settings) < mib(work["emptyDir"]["sizeLimit"])
    # In production it speaks TLS itself.
    limit = mib(pod["containers"][0]["resources"]["limits"]["memory"])
    assert memory_mib(settings, tls=True) < limit
