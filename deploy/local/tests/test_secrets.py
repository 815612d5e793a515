"""What happens to secrets that are there already, and to keys that are replaced."""

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


# Waits as often as it may, and is interrupted, as by Ctrl-C, where it would wait once more.
ROTATE = """
set -euo pipefail
source "$ROOT/deploy/local/layout.sh"
source "$ROOT/deploy/local/rotate.sh"
make_secrets
sleep() { ((--waits >= 0)) || exit 130; }
waits=$WAITS
rotate_service_key order
"""


def rotate(state: pathlib.Path, waits: int) -> None:
    done = subprocess.run(["bash", "-c", ROTATE], check=False, env={
        **os.environ, "ROOT": str(ROOT), "MERCATO_STATE": str(state), "WAITS": str(waits)})
    assert done.returncode == (0 if waits == 2 else 130)


def published(state: pathlib.Path, issuer: str) -> list[dict]:
    keys = json.loads((state / "secrets" / "service-key-set.json").read_text())["keys"]
    return [key for key in keys if key["iss"] == issuer]


def test_a_rotation_that_is_begun_again_keeps_the_key_that_a_service_may_still_sign_with(tmp_path):
    make(tmp_path)
    first = published(tmp_path, "order")
    others = published(tmp_path, "user")
    rotate(tmp_path, waits=1)  # its file is the next one's, but nobody may have looked at it yet
    second = published(tmp_path, "order")
    assert len(second) == 2 and second[0] == first[0]
    rotate(tmp_path, waits=0)
    assert published(tmp_path, "order")[:2] == second
    rotate(tmp_path, waits=2)
    last = published(tmp_path, "order")
    assert len(last) == 1 and last[0] not in second
    assert published(tmp_path, "user") == others
