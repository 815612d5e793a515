"""What the gateway may have to keep fits where it is kept: in compose's tmpfs, beside the requests
in the container's memory, and in the folder of a pod. deploy/gateway/README.md has the sums.
"""

import pathlib
import re

import pytest

yaml = pytest.importorskip("yaml")
ROOT = pathlib.Path(__file__).parents[3]
GATEWAY = ROOT / "deploy" / "gateway"
UNITS_MIB = {"m": 1, "Mi": 1, "g": 1024, "Gi": 1024}
# Of one that is under way while its answer is read slowly: head, buffers and njs. What is sent
# slowly takes less. tests/e2e/test_slow_readers.py measures it.
REQUEST_KIB = 160
LIST_KIB = 100
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


def test_what_compose_lets_it_keep_fits_into_its_memory():
    gateway = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["gateway"]
    folder, = [each for each in gateway["tmpfs"] if each.startswith("/tmp:")]
    room = mib(folder.partition("size=")[2])
    assert kept_mib(gateway["environment"]) < room
    of_three_addresses = 3 * default("REQUESTS_AT_ONCE") * REQUEST_KIB / 1024
    itself = PROCESS_MIB * (1 + gateway["environment"]["GATEWAY_WORKERS"])
    assert room + itself + of_three_addresses < mib(gateway["mem_limit"])


def test_what_kubernetes_lets_it_keep_fits_into_its_folder():
    objects = yaml.safe_load_all((ROOT / "deploy/k8s/base/gateway.yaml").read_text())
    deployment = next(each for each in objects if each["kind"] == "Deployment")
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    work = next(each for each in volumes if each["name"] == "work")
    kustomization = yaml.safe_load((ROOT / "deploy/k8s/base/kustomization.yaml").read_text())
    settings = next(each for each in kustomization["configMapGenerator"]
                    if each["name"] == "gateway")["literals"]
    assert kept_mib(dict(each.split("=", 1) for each in settings)) \
        < mib(work["emptyDir"]["sizeLimit"])
