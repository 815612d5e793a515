"""The example in docs/examples/typescript does what it says, typed by the documents of today."""

import os
import pathlib
import subprocess

EXAMPLE = pathlib.Path(__file__).parents[2] / "docs" / "examples" / "typescript"


def npm(*words: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(["npm", "run", "--silent", *words], cwd=EXAMPLE, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          env={**os.environ, **environment})


def test_a_customer_buys_and_follows_the_order(system):
    done = npm("start", GATEWAY_URL=system.env["GATEWAY_URL"])
    assert done.returncode == 0, done.stdout
    said = done.stdout.splitlines()
    assert said[0].startswith("signed in as ada-")
    assert any(line.endswith("  pending") for line in said), done.stdout
    assert any(line.endswith("  confirmed") for line in said), done.stdout
    assert said[-1].startswith("bought 2 x "), done.stdout


def test_a_field_that_no_document_names_does_not_compile():
    source = EXAMPLE / "src" / "wrong.ts"
    source.write_text("import type { paths } from './api/order.js';\n"
                      "import { client } from './client.js';\n"
                      "await client<paths>('')('put', '/cart/items/{product_id}',\n"
                      "  { body: { quantity: 1, colour: 'red' } });\n", encoding="utf-8")
    try:
        done = npm("build")
        assert done.returncode != 0
        assert "colour" in done.stdout and "wrong.ts" in done.stdout, done.stdout
    finally:
        source.unlink()
