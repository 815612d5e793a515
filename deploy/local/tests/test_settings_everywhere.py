"""What `./dev up` tells a service, compose, the swarm and Kubernetes tell it too; and no less than
the service asks for. The manifests of Kubernetes are read as they are written, for which no kubectl
is needed.
"""

import os
import pathlib
import re
import subprocess

import pytest
from installation import SERVICES

yaml = pytest.importorskip("yaml")
ROOT = pathlib.Path(__file__).parents[3]
PROCESSES = (*SERVICES, "psp")
# What is so on one machine without containers, and only there.
OF_ONE_MACHINE = {
    "PATH": "an image has its own",
    "LANG": "an image has its own",
    "HANDOVER_SOCKET": "containers are replaced by starting another one",
    "WEBHOOK_ADDRESSES": "a shop's webhooks lead to the internet, not back to the machine",
    "WEBHOOK_PLAIN_HTTP": "for receivers on loopback",
    "OTEL_TRACES_EXPORTER": "spans go to a collector where there is one",
    "OTEL_TRACES_SAMPLER_ARG": "what is worth its cost there is for whoever runs it to say",
    "LOG_LEVEL": "the sandbox says there as much as it says by default",
}
# A mail is put into a folder where somebody looks into it, and handed to a server elsewhere.
ALIKE = {"MAIL_FOLDER": "SMTP_URL"}
KUBERNETES_SECRET = "/run/secrets/own/"


def canonical(names) -> set[str]:
    """A secret is the same whether it comes by value or by file."""
    plain = {name.removesuffix("_FILE") for name in names}
    return {ALIKE.get(name, name) for name in plain}


def given_by_dev(process: str) -> set[str]:
    """The names that settings_of prints, in an installation that is never made."""
    script = """
        source deploy/local/layout.sh
        source deploy/local/ports.sh
        source deploy/local/environment.sh
        for name in "${names[@]}"; do port[$name]=1; done
        tls_on() { false; }
        settings_of "$0"
    """
    printed = subprocess.run(["bash", "-euc", script, process], cwd=ROOT, text=True, check=True,
                             stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"],
                                                          "MERCATO_STATE": "/nonexistent"}).stdout
    return {line.partition("=")[0] for line in printed.splitlines()} - OF_ONE_MACHINE.keys()


def required_by(service: str) -> set[str]:
    """The rows of the service's table of settings that have no default."""
    build = pathlib.Path(os.environ.get("MERCATO_BUILD", ROOT / "build" / "release"))
    binary = build / "services" / service / f"{service}-service"
    if not binary.exists():
        pytest.skip(f"{service}-service is not built")
    table = subprocess.run([binary, "settings"], text=True, check=True,
                           stdout=subprocess.PIPE).stdout
    return set(re.findall(r"^\| `(\w+)` \| \*required\* ", table, re.MULTILINE))


def image_of(process: str) -> set[str]:
    """What the image says by itself."""
    folder = "payment/psp-sandbox" if process == "psp" else process
    text = (ROOT / "services" / folder / "Dockerfile").read_text()
    return {pair.partition("=")[0] for line in re.findall(r"^ENV (.*)$", text, re.MULTILINE)
            for pair in line.split()}


def stack(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text())


def in_containers(path: str):
    return lambda process: stack(path)["services"][process]["environment"]


def in_kubernetes(process: str) -> dict:
    folder = "overlays/local" if process == "psp" else "base"
    objects = yaml.safe_load_all((ROOT / "deploy/k8s" / folder / f"{process}.yaml").read_text())
    deployment = next(each for each in objects if each["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    return {each["name"]: each.get("value", "") for each in container["env"]}


PLACES = {"compose": in_containers("docker-compose.yml"),
          "swarm": in_containers("deploy/swarm/stack.yml"),
          "kubernetes": in_kubernetes}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_is_told_everywhere_what_dev_tells_it(place, process):
    told = canonical([*PLACES[place](process), *image_of(process)])
    assert canonical(given_by_dev(process)) - told == set()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_everywhere_what_it_asks_for(place, service):
    told = canonical([*PLACES[place](service), *image_of(service)])
    assert canonical(required_by(service)) - told == set()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("service", SERVICES)
def test_what_is_secret_is_handed_over_as_a_file(place, service):
    table = (ROOT / "docs/settings.md").read_text()
    secret = set(re.findall(r"^\| `(\w+)` \|.* Secret: a file may hold it", table, re.MULTILINE))
    assert {"DATABASE_URL", "SMTP_PASSWORD"} <= secret
    by_value = {name: value for name, value in PLACES[place](service).items() if name in secret}
    # Redis inside the stack has no password, which makes its address none.
    assert set(by_value.items()) <= {("REDIS_URL", "redis://redis:6379")}


@pytest.mark.parametrize("place", ("compose", "swarm"))
def test_the_admin_is_made_with_all_that_the_user_service_asks_for(place):
    told = canonical([*PLACES[place]("admin"), *image_of("user")])
    assert canonical(required_by("user")) - told == set()


def test_a_setting_that_only_one_machine_has_is_still_given_there():
    printed = subprocess.run(["cat", "deploy/local/environment.sh"], cwd=ROOT, text=True,
                             check=True, stdout=subprocess.PIPE).stdout
    for name in (*OF_ONE_MACHINE, *ALIKE):
        assert f'"{name}=' in printed, f"{name} need no longer be excepted"


@pytest.fixture(scope="module")
def secrets_made(tmp_path_factory):
    """The folders that compose mounts, filled by the program that fills them there."""
    folder = tmp_path_factory.mktemp("secrets")
    for mounted in stack("docker-compose.yml")["services"]["secrets"]["volumes"]:
        (folder / mounted.rpartition("/")[2]).mkdir()
    subprocess.run([ROOT / "deploy/compose/make-secrets", folder], check=True)
    return folder


def test_every_file_that_compose_names_is_put_where_it_is_named(secrets_made):
    services = stack("docker-compose.yml")["services"]
    filled = {volume.partition(":")[0]: secrets_made / volume.rpartition("/")[2]
              for volume in services["secrets"]["volumes"]}
    for name, service in services.items():
        mounts = dict(volume.removesuffix(":ro").split(":", 1)
                      for volume in service.get("volumes", []) if name != "secrets")
        folders = {path: filled[volume] for volume, path in mounts.items() if volume in filled}
        for setting, value in (service.get("environment") or {}).items():
            if setting.endswith("_FILE"):
                path = pathlib.PurePosixPath(value)
                assert (folders[str(path.parent)] / path.name).stat().st_size > 0, (name, setting)


def test_every_file_that_the_swarm_names_is_one_of_its_secrets_and_is_made(secrets_made):
    described = stack("deploy/swarm/stack.yml")
    for name, kept in described["secrets"].items():
        assert kept["file"] == "${SECRETS}/" + name
        assert (secrets_made / "all" / name).exists(), name
    for name, service in described["services"].items():
        assert set(service.get("secrets", [])) <= described["secrets"].keys(), name
        for setting, value in service.get("environment", {}).items():
            if setting.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, setting)


@pytest.mark.parametrize("service", SERVICES)
def test_every_key_of_a_secret_in_kubernetes_is_in_the_list_of_what_to_make(service):
    text = (ROOT / "deploy/k8s/README.md").read_text()
    row = re.search(rf"^\| `{service}` \| (.*) \|$", text, re.MULTILINE)[1]
    named = {value.removeprefix(KUBERNETES_SECRET) for value in in_kubernetes(service).values()
             if value.startswith(KUBERNETES_SECRET)}
    assert named <= set(re.findall(r"`([^`]+)`", row))
