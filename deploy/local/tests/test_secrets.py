"""What happens to secrets that are there already."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parents[3]

MAKE = """
set -euo pipefail
source "$ROOT/deploy/local/layout.sh"
source "$ROOT/deploy/local/secrets.sh"
services+=($LATER)
make_secrets
"""


def make(state: pathlib.Path, later: str = "") -> dict[str, bytes]:
    subprocess.run(["bash", "-c", MAKE], check=True, env={
        **os.environ, "ROOT": str(ROOT), "MERCATO_STATE": str(state), "LATER": later})
    return {file.name: file.read_bytes() for file in (state / "secrets").iterdir()}


def issuers(secrets: dict[str, bytes]) -> list[str]:
    return [key["iss"] for key in json.loads(secrets["service-key-set.json"])["keys"]]


def test_a_service_that_comes_later_is_trusted_and_nothing_else_changes(tmp_path):
    first = make(tmp_path)
    assert make(tmp_path) == first
    later = make(tmp_path, later="shipping")
    assert issuers(later) == [*issuers(first), "shipping"]
    assert {name: later[name] for name in first if name != "service-key-set.json"} == {
        name: first[name] for name in first if name != "service-key-set.json"}
