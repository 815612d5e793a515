"""Brings an NDJSON file, one product a line, into the catalog through the gateway.

usage: ./dev import FILE
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

import installation
from gateway_client import Gateway, admin_of, run_program

PATH = "/api/v1/products/import"
# What one request may hold, with room to spare (64 MiB, 100,000 lines).
MOST_BYTES = 60 * 1024 * 1024
MOST_LINES = 100_000


def batches(lines: Iterable[bytes], most_bytes: int = MOST_BYTES,
            most_lines: int = MOST_LINES) -> Iterator[tuple[int, bytes]]:
    """The lines in bodies small enough to send, each with how many lines went before it."""
    batch: list[bytes] = []
    size = before = 0
    for line in lines:
        line = line.rstrip(b"\r\n") + b"\n"
        if batch and (size + len(line) > most_bytes or len(batch) == most_lines):
            yield before, b"".join(batch)
            before += len(batch)
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield before, b"".join(batch)


def import_lines(admin: Gateway, lines: Iterable[bytes]) -> dict:
    """The sum of what the catalog answered; line numbers count over all of it."""
    total = {"created": 0, "updated": 0, "unchanged": 0, "failed": 0, "errors": []}
    sender = replace(admin, timeout_s=130, _connection=None)
    for before, body in batches(lines):
        answer = sender.call("POST", PATH, body, expect=(200,),
                             headers={"Content-Type": "application/x-ndjson"}).json()
        for name in ("created", "updated", "unchanged", "failed"):
            total[name] += answer[name]
        for error in answer["errors"]:
            total["errors"].append({**error, "line": error["line"] + before})
    return total


def report(total: dict) -> None:
    print(f"catalog: {total['created']} created, {total['updated']} updated, "
          f"{total['unchanged']} unchanged, {total['failed']} failed")
    for error in total["errors"]:
        print(f"  line {error['line']}: {error['code']}: {error['detail']}")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: ./dev import FILE")
    try:
        with open(sys.argv[1], "rb") as file:
            total = import_lines(admin_of(installation.load()), file)
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error.strerror or error}")
    report(total)
    sys.exit(1 if total["failed"] else 0)


if __name__ == "__main__":
    run_program(main)
