"""Every script of the project passes ShellCheck, with the exceptions that .shellcheckrc names."""

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "architecture"))

from source_tree import SourceTree  # noqa: E402  (found through the path above)

SHEBANG = re.compile(r"#!.*\b(?:ba)?sh\b")


def scripts() -> list[str]:
    return [file.path for file in SourceTree(ROOT).files
            if file.path.endswith(".sh") or SHEBANG.match(file.text)]


def test_every_script_passes_shellcheck():
    found = scripts()
    assert {"dev", "deploy/local/up.sh", "deploy/gateway/configure"} <= set(found)
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    checked = subprocess.run(["shellcheck", "-x", *found], cwd=ROOT, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert checked.returncode == 0, checked.stdout
