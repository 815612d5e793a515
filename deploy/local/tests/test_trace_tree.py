"""A trace is put together from lines of logs."""

import re

from trace_tree import Note, grow, read_lines, waterfall


def gateway_line(**more) -> dict:
    return {"time": "2026-01-01T00:00:01+00:00", "at": 1767225601.0, "request_id": "r",
            "trace_id": "t", "request": "POST /api/v1/orders", "status": 201, "seconds": 0.1,
            "upstream": "127.0.0.1:1", **more}


def request_line(service: str, ms: float, ts: str, **more) -> dict:
    return {"ts": ts, "level": "info", "service": service, "msg": "request", "trace_id": "t",
            "request_id": "r", "method": "POST", "route": "/x", "path": "/x", "status": 200,
            "ms": ms, "span_id": service, "parent_id": "", **more}


def tree(*lines, notes=()):
    spans, logged = read_lines(list(lines))
    return grow(spans, [*logged, *notes])


def test_a_request_hangs_below_its_caller():
    roots = tree(request_line("payment", 10, "2026-01-01T00:00:00.980Z", parent_id="order"),
                 gateway_line(),
                 request_line("order", 80, "2026-01-01T00:00:00.990Z", parent_id="edge"))
    assert [root.service for root in roots] == ["gateway"]
    assert [span.service for span in roots[0].children] == ["order"]
    assert [span.service for span in roots[0].children[0].children] == ["payment"]


def test_a_caller_that_is_not_known_is_a_root():
    roots = tree(request_line("order", 1, "2026-01-01T00:00:00.990Z", parent_id="elsewhere",
                              request_id="other"), gateway_line())
    assert [root.service for root in roots] == ["gateway", "order"]


def test_a_line_hangs_below_the_request_it_names():
    line = {"ts": "2026-01-01T00:00:00.950Z", "level": "warn", "service": "order",
            "msg": "no answer", "trace_id": "t", "request_id": "r", "span_id": "order",
            "peer": "payment"}
    roots = tree(request_line("order", 80, "2026-01-01T00:00:00.990Z"), line)
    assert roots[0].notes == [Note("order", "no answer (peer: payment)", 1767225600.95, "order",
                                   "r", True)]


def test_a_note_without_a_span_belongs_to_the_shortest_request_under_way():
    roots = tree(request_line("order", 80, "2026-01-01T00:00:00.990Z", span_id="long"),
                 request_line("order", 20, "2026-01-01T00:00:00.960Z", span_id="short",
                              parent_id="long"),
                 notes=[Note("order", "in time", 1767225600.95),
                        Note("order", "too late", 1767225609.0)])
    assert [note.text for note in roots[0].children[0].notes] == ["in time"]
    assert roots[1].name == "in the background" and roots[1].notes[0].text == "too late"


def test_the_waterfall_shows_when_and_how_each_request_ended():
    lines = waterfall(tree(gateway_line(status=503),
                           request_line("order", 50, "2026-01-01T00:00:01.000Z")))
    assert lines[0].lstrip().startswith("0.0")
    assert lines[0].endswith("gateway  POST /api/v1/orders  503  100.0 ms  ← failed")
    assert lines[1].lstrip().startswith("50.0")
    assert "  order  POST /x  200  50.0 ms" in lines[1]
    assert lines[0].count("█") == 2 * lines[1].count("█")


def work_line(span_id: str, parent_id: str, start_ms: int, us: int, **more) -> dict:
    return {"ts": "2026-01-01T00:00:01.000Z", "level": "info", "service": "order", "msg": "span",
            "trace_id": "t", "name": "begin_checkout", "span_id": span_id, "parent_id": parent_id,
            "start_us": 1767225600_000_000 + start_ms * 1000, "us": us, "failed": False,
            "about": "db.system: postgresql", **more}


def test_statements_and_steps_hang_below_the_request_and_calls_below_the_step():
    lines = waterfall(tree(
        request_line("order", 80, "2026-01-01T00:00:01.000Z", parent_id="edge"),
        work_line("s1", "order", 930, 1500),
        work_line("s2", "order", 935, 20_000, name="step reserve_stock", about=""),
        work_line("s3", "s2", 936, 18_000, name="POST catalog", about="peer.service: catalog"),
        request_line("catalog", 15, "2026-01-01T00:00:00.952Z", parent_id="s3")))
    shown = [re.sub(r"^\s*[\d.]+  [ █▏]*", "", line) for line in lines]
    assert shown == ["order  POST /x  200  80.0 ms", "order  sql begin_checkout  1.5 ms",
                     "order  step reserve_stock  20.0 ms",
                     "order  POST catalog  18.0 ms  peer.service: catalog",
                     "catalog  POST /x  200  15.0 ms"]


def test_a_request_whose_call_was_not_logged_hangs_below_whoever_waited_for_it():
    roots = tree(gateway_line(), request_line("order", 80, "2026-01-01T00:00:00.990Z"),
                 request_line("catalog", 10, "2026-01-01T00:00:00.950Z", parent_id="a call"))
    assert [span.service for span in roots[0].children[0].children] == ["catalog"]


def test_work_that_failed_is_marked():
    lines = waterfall(tree(work_line("s", "", 930, 1500, failed=True)))
    assert lines[0].endswith("order  sql begin_checkout  1.5 ms  ← failed")
