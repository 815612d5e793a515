"""One trace as a tree: which process asked which for what, when, and how that ended.

Made from what the processes log. A request's line is a span: it carries its own id and its
caller's, so a tree needs no extra server. Statements, calls and steps of a saga have lines of their
own where the trace was sampled (OTEL_TRACES_EXPORTER=console). What else was logged in the trace
hangs below what it belongs to.
"""

from dataclasses import dataclass, field
from datetime import datetime

BAR_WIDTH = 32


@dataclass
class Span:
    """Work of one process: a request it answered, or a part of one. Times are seconds since
    1970."""
    service: str
    name: str
    start: float
    end: float
    status: int = 0
    span_id: str = ""
    parent_id: str = ""
    request_id: str = ""
    about: str = ""
    broken: bool = False
    children: list["Span"] = field(default_factory=list)
    notes: list["Note"] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return self.broken or self.status >= 500


@dataclass
class Note:
    """Something that happened at a moment: a line of a log, a step of a saga, an event."""
    service: str
    text: str
    at: float
    span_id: str = ""
    request_id: str = ""
    bad: bool = False


def seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


def span_of_gateway(line: dict) -> Span:
    end = float(line.get("at") or seconds(line["time"]))
    return Span("gateway", line["request"], end - float(line["seconds"]), end,
                int(line["status"]), request_id=line["request_id"])


def span_of_service(line: dict) -> Span:
    end = seconds(line["ts"])
    name = f"{line['method']} {line['route'] or line['path']}"
    return Span(line["service"], name, end - line["ms"] / 1000, end, line["status"],
                line.get("span_id", ""), line.get("parent_id", ""), line.get("request_id", ""))


def span_of_work(line: dict) -> Span:
    """A statement, a call, a step: what is no request of its own."""
    start = line["start_us"] / 1e6
    about = line["about"]
    kind, about = ("sql ", "") if about.startswith("db.system: ") else ("", about)
    return Span(line["service"], kind + line["name"], start, start + line["us"] / 1e6,
                span_id=line["span_id"], parent_id=line["parent_id"], about=about,
                broken=line["failed"])


DULL = {"ts", "level", "service", "msg", "trace_id", "request_id", "span_id"}


def note_of_service(line: dict) -> Note:
    details = ", ".join(f"{key}: {value}" for key, value in line.items()
                        if key not in DULL and value != "")
    text = f"{line['msg']} ({details})" if details else line["msg"]
    return Note(line["service"], text, seconds(line["ts"]), line.get("span_id", ""),
                line.get("request_id", ""), line["level"] in ("warn", "error"))


def read_lines(lines: list[dict]) -> tuple[list[Span], list[Note]]:
    """Lines of the gateway's access log and of the services' logs, all of one trace."""
    spans, notes = [], []
    for line in lines:
        if "upstream" in line:
            spans.append(span_of_gateway(line))
        elif line.get("msg") == "request":
            spans.append(span_of_service(line))
        elif line.get("msg") == "span":
            spans.append(span_of_work(line))
        elif "msg" in line:
            notes.append(note_of_service(line))
    return spans, notes


def grow(spans: list[Span], notes: list[Note]) -> list[Span]:
    """Hangs every span below its caller, and every note below its span; returns the roots."""
    by_id = {span.span_id: span for span in spans if span.span_id}
    roots = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        parent = by_id.get(span.parent_id)
        if parent is None and span.service != "gateway":
            parent = caller_by_time(spans, span)
        (roots if parent is None or parent is span else parent.children).append(span)
    for note in sorted(notes, key=lambda note: note.at):
        owner = by_id.get(note.span_id) or owner_by_time(spans, note)
        if owner is None:
            # Work in the background, whose caller has been answered: a root of its own.
            roots.append(Span(note.service, "in the background", note.at, note.at, notes=[note]))
        else:
            owner.notes.append(note)
    return merge_background(sorted(roots, key=lambda span: span.start))


# The gateway writes its times in milliseconds.
TOLERANCE_S = 0.002


def caller_by_time(spans: list[Span], span: Span) -> Span | None:
    """Whoever waited meanwhile for the same request, if its own span was not logged: the gateway's
    never is, and a call's is not in an unsampled trace. The nearest one."""
    waited = [other for other in spans
              if other.service != span.service and other.request_id == span.request_id != ""
              and other.start - TOLERANCE_S <= span.start and span.end <= other.end + TOLERANCE_S
              and other.end - other.start >= span.end - span.start - TOLERANCE_S]
    return min(waited, key=lambda other: other.end - other.start, default=None)


def owner_by_time(spans: list[Span], note: Note) -> Span | None:
    """The shortest request of the note's service that was under way."""
    under_way = [span for span in spans if span.service == note.service and span.status
                 and span.start - 0.001 <= note.at <= span.end + 0.001]
    return min(under_way, key=lambda span: span.end - span.start, default=None)


def merge_background(roots: list[Span]) -> list[Span]:
    """Notes of one service in a row make one root."""
    merged: list[Span] = []
    for root in roots:
        last = merged[-1] if merged else None
        if last and root.name == last.name == "in the background" and root.service == last.service:
            last.notes += root.notes
            last.end = root.end
        else:
            merged.append(root)
    return merged


def bar(start: float, end: float, begin: float, whole: float) -> str:
    if whole <= 0:
        return "▏".ljust(BAR_WIDTH)
    left = min(int((start - begin) / whole * BAR_WIDTH), BAR_WIDTH - 1)
    width = max(round((end - start) / whole * BAR_WIDTH), 1)
    return (" " * left + "█" * min(width, BAR_WIDTH - left)).ljust(BAR_WIDTH)


def waterfall(roots: list[Span]) -> list[str]:
    """The tree, one line a span or note: its start in milliseconds, the bar, what, how it ended."""
    ends = [span.end for root in roots for span in flatten(root)]
    begin = min((root.start for root in roots), default=0.0)
    whole = max(ends, default=begin) - begin
    lines: list[str] = []
    for root in roots:
        draw(root, 0, begin, whole, lines)
    return lines


def flatten(span: Span):
    yield span
    for child in span.children:
        yield from flatten(child)


def draw(span: Span, depth: int, begin: float, whole: float, lines: list[str]) -> None:
    took = f"{(span.end - span.start) * 1000:.1f} ms" if span.status or span.span_id else ""
    status = str(span.status) if span.status else ""
    mark = "  ← failed" if span.failed else ""
    what = f"{'  ' * depth}{span.service}  {span.name}"
    lines.append(f"{(span.start - begin) * 1000:9.1f}  {bar(span.start, span.end, begin, whole)}  "
                 + "  ".join(filter(None, (what, status, took, span.about))) + mark)
    below = [*span.children, *span.notes]
    for item in sorted(below, key=lambda item: item.at if isinstance(item, Note) else item.start):
        if isinstance(item, Span):
            draw(item, depth + 1, begin, whole, lines)
        else:
            sign = "!" if item.bad else "·"
            lines.append(f"{(item.at - begin) * 1000:9.1f}  {' ' * BAR_WIDTH}  "
                         f"{'  ' * (depth + 1)}{sign} {item.service}: {item.text}")
