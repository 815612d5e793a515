"""Makes one more service in the shape of the others. See docs/adding-a-service.md.

usage: ./dev new-service NAME
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
PATTERN = "catalog"  # the service whose image, pipeline and manifests are taken as the pattern


class Refused(Exception):
    """Nothing was made."""


def edit(path: pathlib.Path, pattern: str, replacement: str) -> None:
    """Replaces what is there once; refuses a file that does not look as it did."""
    text = path.read_text(encoding="utf-8")
    changed, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
    if count != 1:
        raise Refused(f"{path} does not look as expected: nothing matches {pattern}")
    path.write_text(changed, encoding="utf-8")


def copy_as(source: pathlib.Path, target: pathlib.Path, name: str) -> None:
    target.write_text(source.read_text(encoding="utf-8").replace(PATTERN, name), encoding="utf-8")


def fill_template(root: pathlib.Path, name: str) -> None:
    for source in sorted((HERE / "template").rglob("*.in")):
        relative = source.relative_to(HERE / "template").with_suffix("")
        target = root / "services" / name / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8").replace("__name__", name),
                          encoding="utf-8")


def give_place_on_a_laptop(root: pathlib.Path, name: str) -> None:
    local = root / "deploy" / "local"
    edit(local / "layout.sh", r"^services=\((.*)\)$", rf"services=(\1 {name})")
    edit(local / "layout.sh", r"^databases=\((.*)\)$", rf"databases=(\1 {name}-db)")
    ports = (local / "ports.sh").read_text(encoding="utf-8")
    taken = {int(number) for number in re.findall(r"\]=(\d+)", ports)}
    port = next(number for number in range(8081, 8180) if number not in taken)
    database = next(number for number in range(15431, 15530) if number not in taken)
    edit(local / "ports.sh", r"^(declare -A default_port=\()$",
         rf"\1\n  [{name}]={port} [{name}-db]={database}")
    edit(local / "build.sh", r"^binaries=\((.*) psp-sandbox\)$",
         rf"binaries=(\1 {name}-service psp-sandbox)")
    edit(root / "CMakeLists.txt", r"^(foreach\(service IN ITEMS .*?) payment/psp-sandbox\)$",
         rf"\1 {name} payment/psp-sandbox)")


def forget_neighbours(manifest: pathlib.Path) -> None:
    """Whom the pattern asks for events and who asks it: the new one knows nobody yet but the user
    service, whose keys it needs.
    """
    order = (r"        - podSelector:\n            matchLabels:\n"
             r"              app\.kubernetes\.io/name: order\n")
    edit(manifest, r"^ +- name: ORDER_URL\n.*\n +- name: USER_URL\n.*\n", "")
    edit(manifest, r"^    # Order events .*\n    - to:\n" + order
         + r"      ports:\n        - port: 8080\n", "")
    edit(manifest, order, "")
    edit(manifest, r"^    # The keys of access tokens, and its events as well\.$",
         "    # The keys of access tokens.")


def give_image_and_pipeline(root: pathlib.Path, name: str) -> None:
    service = root / "services"
    copy_as(service / PATTERN / "Dockerfile", service / name / "Dockerfile", name)
    edit(service / name / "Dockerfile", r"^ARG VERSION=.*$", "ARG VERSION=0.1.0")
    workflows = root / ".github" / "workflows"
    copy_as(workflows / f"{PATTERN}.yml", workflows / f"{name}.yml", name)
    manifests = root / "deploy" / "k8s" / "base"
    copy_as(manifests / f"{PATTERN}.yaml", manifests / f"{name}.yaml", name)
    forget_neighbours(manifests / f"{name}.yaml")
    edit(manifests / "user.yaml", r"^( +values: \[gateway, .*)\]$", rf"\1, {name}]")
    edit(manifests / "kustomization.yaml", r"^(  - payment\.yaml)$", rf"\1\n  - {name}.yaml")


def make(root: pathlib.Path, name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]{1,20}", name):
        raise Refused(f"'{name}' is no name for a service: 2 to 21 of a-z 0-9, a letter first")
    if (root / "services" / name).exists() or name in ("psp", "gateway", "redis", "mercato"):
        raise Refused(f"there is a {name} already")
    fill_template(root, name)
    give_place_on_a_laptop(root, name)
    give_image_and_pipeline(root, name)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: ./dev new-service NAME")
    root, name = HERE.parents[1], sys.argv[1]
    try:
        make(root, name)
    except Refused as refused:
        sys.exit(str(refused))
    print(f"services/{name} is made. Try it:\n"
          "  ./dev up\n"
          f"  nice ninja -C build/release {name}_unit_tests {name}_integration_tests\n"
          f"  ctest --test-dir build/release -R ^{name}_ --output-on-failure\n"
          "What is left to do is in docs/adding-a-service.md.")


if __name__ == "__main__":
    main()
