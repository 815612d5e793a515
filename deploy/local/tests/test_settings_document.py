"""docs/settings.md says what the services say."""

import os
import pathlib

import pytest
import settings_document
from installation import SERVICES

ROOT = pathlib.Path(__file__).parents[3]


def test_what_all_have_alike_stands_once_and_the_rest_with_its_service():
    written = settings_document.document({
        "a": settings_document.HEAD + "| `PORT` | 1 |\n| `POOL` | 8 |\n",
        "b": settings_document.HEAD + "| `PORT` | 1 |\n| `POOL` | 12 |\n| `KEY` | |\n"})
    common, of_a, of_b = (part.splitlines()[4:] for part in written.split("\n## ")[1:])
    assert (common, of_a) == (["| `PORT` | 1 |"], ["| `POOL` | 8 |"])
    assert of_b == ["| `POOL` | 12 |", "| `KEY` | |"]


def test_the_document_is_what_the_services_print():
    build = pathlib.Path(os.environ.get("MERCATO_BUILD", ROOT / "build" / "release"))
    binaries = {name: build / "services" / name / f"{name}-service" for name in SERVICES}
    if not all(binary.exists() for binary in binaries.values()):
        pytest.skip("the services are not built")
    printed = {name: settings_document.printed_by(binary) for name, binary in binaries.items()}
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == \
        settings_document.document(printed), "make it anew: its first lines say how"
