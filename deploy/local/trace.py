#!/usr/bin/python3
"""./dev trace ID: one request or order over all processes, as a waterfall.

ID is a trace id (`trace_id` of a problem), a request id (X-Request-Id) or an order's id. Reads the
logs under .local/log; for an order also its timeline, and the events that came of it. Without a
database only what was logged is shown. Exit 1 when nothing is known of the ID.
"""

import json
import pathlib
import re
import sys

import installation
import psycopg2
from trace_tree import Note, grow, read_lines, waterfall

LOGS = ("gateway-access", "user", "catalog", "order", "payment", "psp")
TRACES_OF_ORDER = """SELECT trace_id FROM order_event WHERE order_id = %s
                     UNION SELECT trace_id FROM order_step WHERE order_id = %s"""
STEPS = """SELECT service, step, attempt, outcome, detail, extract(epoch FROM at)::float
             FROM order_step WHERE trace_id = ANY(%s) ORDER BY id"""
MOVES = """SELECT order_id::text, from_status, to_status, extract(epoch FROM at)::float
             FROM order_event WHERE trace_id = ANY(%s) ORDER BY at, seq"""
EVENTS = """SELECT type, published_seq, extract(epoch FROM occurred_at)::float
              FROM outbox WHERE trace_id = ANY(%s) ORDER BY id"""


def query(env: dict[str, str], service: str, sql: str, *parameters) -> list[tuple]:
    try:
        connection = psycopg2.connect(env[f"{service.upper()}_DATABASE_URL"], connect_timeout=2)
    except psycopg2.Error:
        print(f"the database of {service} does not answer: what it knows is missing below",
              file=sys.stderr)
        return []
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()
    finally:
        connection.close()


def lines_with(folder: pathlib.Path, words: list[str]) -> list[dict]:
    """Lines of all logs that name one of the words; what is no JSON is no line of a trace."""
    found = []
    pattern = re.compile("|".join(re.escape(f'"{word}"') for word in words))
    for name in LOGS:
        path = folder / f"{name}.log"
        if not path.exists():
            continue
        with path.open(encoding="utf-8", errors="replace") as log:
            for line in log:
                if pattern.search(line):
                    try:
                        found.append(json.loads(line))
                    except ValueError:
                        continue
    return found


def trace_ids(env: dict[str, str], folder: pathlib.Path, wanted: str) -> list[str]:
    """The traces that belong to the id."""
    ids = set()
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", wanted):
        ids |= {row[0] for row in query(env, "order", TRACES_OF_ORDER, wanted, wanted)}
    for line in lines_with(folder, [wanted]):
        if wanted in (line.get("request_id"), line.get("trace_id")):
            ids.add(line["trace_id"])
    if not ids and re.fullmatch(r"[0-9a-f]{32}", wanted):
        ids.add(wanted)
    return sorted(ids - {""})


def notes_of_databases(env: dict[str, str], ids: list[str]) -> list[Note]:
    """The order's steps and moves, and the events of everybody. A database that does not answer
    says nothing."""
    notes = []
    for service, step, attempt, outcome, detail, at in query(env, "order", STEPS, ids):
        again = f", attempt {attempt}" if attempt > 1 else ""
        notes.append(Note("order", f"step {step}: {outcome} ({service}{again}) {detail}".rstrip(),
                          at, bad=outcome not in ("ok", "undone")))
    for order_id, before, after, at in query(env, "order", MOVES, ids):
        notes.append(Note("order", f"order {order_id} {before} → {after}", at))
    for service in installation.SERVICES:
        for kind, sequence, at in query(env, service, EVENTS, ids):
            number = f"no. {sequence}" if sequence else "not published yet"
            notes.append(Note(service, f"event {kind}, {number}", at))
    return notes


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: ./dev trace TRACE_ID|REQUEST_ID|ORDER_ID", file=sys.stderr)
        return 2
    env = installation.load()
    folder = installation.state_folder() / "log"
    ids = trace_ids(env, folder, arguments[0])
    spans, notes = read_lines(lines_with(folder, ids)) if ids else ([], [])
    notes += notes_of_databases(env, ids) if ids else []
    if not spans and not notes:
        print(f"nothing is known of {arguments[0]}", file=sys.stderr)
        return 1
    print(f"trace {', '.join(ids)}")
    print("\n".join(waterfall(grow(spans, notes))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
