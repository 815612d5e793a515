"""The documents pass Redocly, and Spectral with the conventions of the API as rules."""

import json
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
EXAMPLE = HERE.parents[1] / "docs" / "examples" / "typescript"


@pytest.mark.parametrize("checker", ["redocly", "spectral"])
def test_the_documents_are_clean(checker):
    done = subprocess.run(["npm", "run", "--silent", checker], cwd=HERE, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def test_spectral_knows_the_conventions(tmp_path):
    """A document that breaks them is told so: the rules look where they should."""
    text = (HERE.parents[1] / "services" / "user" / "openapi.yaml").read_text(encoding="utf-8")
    for good, bad in (("operationId: get_me\n", "operationId: getMe\n"),
                      ("email_verified: {", "emailVerified: {"),
                      ("/users/me/export:", "/users/me/Export:"),
                      ("summary: Register\n", "summary: Register.\n"),
                      ("x-internal: true", "x-inner: true"),
                      ("status: { type: integer }", "status: { type: number }"),
                      ("            example: { status: disabled }\n", "")):
        assert good in text, good
        text = text.replace(good, bad, 1)
    broken = tmp_path / "openapi.yaml"
    broken.write_text(text, encoding="utf-8")
    done = subprocess.run(["npx", "spectral", "lint", "--ruleset", "spectral.yaml", "--format",
                           "json", broken], cwd=HERE, check=False, text=True, capture_output=True)
    found = {each["code"] for each in json.loads(done.stdout)}
    assert found >= {
        "operation-ids-are-snake-case", "fields-are-snake-case", "paths-are-kebab-case",
        "summaries-have-no-full-stop", "internal-routes-are-marked", "no-floats",
        "request-bodies-have-an-example"}, done.stdout


@pytest.mark.parametrize("folder", [HERE, EXAMPLE], ids=["lint", "example"])
def test_packages_are_pinned_and_come_from_wherever_npm_is_told(folder):
    lock = (folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version)
               for version in wanted["devDependencies"].values())
    assert "dependencies" not in wanted
