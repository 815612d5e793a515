"""./dev new-service, on a copy of the files that it edits."""

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "deploy" / "new-service"))

import new_service  # noqa: E402  (found through the path above)


@pytest.fixture
def tree(tmp_path):
    for path in ("CMakeLists.txt", "deploy/local/layout.sh", "deploy/local/ports.sh",
                 "deploy/local/build.sh", "deploy/k8s/base", "services/catalog/Dockerfile",
                 ".github/workflows/catalog.yml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, tmp_path / path)
        else:
            shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def shell(tree, script: str) -> str:
    return subprocess.run(["bash", "-euc", script], cwd=tree, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def test_a_new_service_has_everything_that_the_others_have(tree):
    new_service.make(tree, "shipping")
    made = tree / "services" / "shipping"
    for path in ("CMakeLists.txt", "VERSION", "CHANGELOG.md", "README.md", "openapi.yaml",
                 "Dockerfile", "src/main.cpp", "src/app.cpp", "src/settings.cpp",
                 "src/http/routes.cpp", "tests/unit/note_test.cpp",
                 "migrations/0001_create_notes.sql"):
        assert (made / path).is_file(), path
    assert (tree / ".github/workflows/shipping.yml").is_file()
    assert (tree / "deploy/k8s/base/shipping.yaml").is_file()
    for file in made.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert "__name__" not in text and "catalog" not in text, file


def test_a_new_service_is_known_to_dev_under_ports_of_its_own(tree):
    new_service.make(tree, "shipping")
    said = shell(tree, """
        source deploy/local/layout.sh
        source deploy/local/build.sh
        source deploy/local/ports.sh
        echo "${services[*]} | ${databases[*]} | ${binaries[*]}"
        printf '%s\\n' "${default_port[@]}" | sort | uniq -d | wc -l
        echo "${default_port[shipping]} ${default_port[shipping-db]}" """).splitlines()
    assert "shipping |" in said[0] and "shipping-db |" in said[0] and "shipping-service" in said[0]
    assert said[1].strip() == "0"
    assert len(said[2].split()) == 2


def test_a_new_service_reaches_the_keys_in_a_cluster_and_no_other_service(tree):
    yaml = pytest.importorskip("yaml")
    new_service.make(tree, "shipping")

    def objects(name: str) -> dict:
        text = (tree / "deploy/k8s/base" / f"{name}.yaml").read_text(encoding="utf-8")
        return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(text)}

    def pods(rules: list[dict], peers: str) -> list[dict]:
        return [peer["podSelector"]["matchLabels"] for rule in rules for peer in rule[peers]
                if "podSelector" in peer]

    admitted = objects("user")["NetworkPolicy", "user"]["spec"]["ingress"][0]["from"][0]
    assert "shipping" in admitted["podSelector"]["matchExpressions"][0]["values"]
    made = objects("shipping")
    wall = made["NetworkPolicy", "shipping"]["spec"]
    name = "app.kubernetes.io/name"
    assert pods(wall["ingress"], "from") == [{name: "gateway"}] * 2
    assert pods(wall["egress"], "to") == [
        {name: "user"}, {"cnpg.io/cluster": "shipping-db"}, {name: "redis"}]
    pod = made["Deployment", "shipping"]["spec"]["template"]["spec"]
    names = {each["name"] for each in pod["containers"][0]["env"]}
    assert "JWKS_URL" in names and not names & {"ORDER_URL", "USER_URL"}


def test_a_new_services_document_asks_for_who_its_routes_ask_for(tree):
    yaml = pytest.importorskip("yaml")
    new_service.make(tree, "shipping")
    made = tree / "services" / "shipping"
    paths = yaml.safe_load((made / "openapi.yaml").read_text(encoding="utf-8"))["paths"]
    routes = dict(re.findall(r'router\.add\((\w+), "/api/v1/shipping/notes", (\w+)',
                             (made / "src/http/routes.cpp").read_text(encoding="utf-8")))
    assert routes == {"get": "anyone", "post": "admin"}
    assert {method: described["security"]
            for method, described in paths["/shipping/notes"].items()} == {
                "get": [{}], "post": [{"bearer": ["admin"]}]}


@pytest.mark.parametrize("name", ["Shipping", "a", "catalog", "gateway", "../x", "ship-ping"])
def test_a_bad_name_makes_nothing(tree, name):
    before = sorted(tree.rglob("*"))
    with pytest.raises(new_service.Refused):
        new_service.make(tree, name)
    assert sorted(tree.rglob("*")) == before
