"""Requests that have to be refused, made from the services' OpenAPI documents.

Each body that a document describes is spoilt in every way below, one way at a time: a field left
out, of another type, empty, huge, out of its range, full of control characters; JSON that is cut
off, nested, doubled, or no JSON. What the document's own schema still allows is left out, so that
every request here is really bad. A new route is covered as soon as it is documented.
"""

import copy
import dataclasses
import json
from collections.abc import Iterator

import documents
import schemas
from documents import Operation

# Values as JSON text, whatever is meant to be there.
WRONG_TYPES = ["null", "5", "1.5", "true", '"text"', "[]", "{}", '["a"]', '{"a": 1}']
BAD_TEXTS = ['""', '" "', '"\' OR 1=1 --"', '"\\u0000"', '"a\\u0007b"', '"a\\r\\nSet-Cookie: x"',
             '"\\ud800"', '"\\udc00\\ud800"', '"<script>"', '"../../etc/passwd"', '"%s%n"',
             json.dumps("x" * 20_000), json.dumps("\N{LATIN SMALL LETTER E WITH ACUTE}" * 5_000)]
BAD_COUNTS = ["-1", "0", '"1"', "1.0", "1e2", "1.5", "1e400", "-1e400", "9223372036854775807",
              "9223372036854775808", "-9223372036854775809", "18446744073709551616",
              "1" + "0" * 400, '"\\u0661"', "01", "+1", "0x10", "NaN", "Infinity", "1_000", "1e"]
BAD_FLAGS = ['"true"', "0", "1", "True", "yes"]
BAD_LISTS = ["[null]", "[[]]", "[1, 2]", "[,]", "[}"]
# What is written as a float or with an exponent is no integer here, though JSON Schema thinks so.
FLOATS = ("1.0", "1e2")
MALFORMED = "400"
INVALID = "422"
REFUSED = "4"  # any 4xx
LINE_END = '"a\\r\\nSet-Cookie: x"'
CONTROLS = ('"a\\u0007b"', LINE_END)

TYPES = ["text/plain", "application/xml", "application/x-www-form-urlencoded",
         "multipart/form-data; boundary=x", "application/jsonp", "json", "*/*", ""]
BAD_KEYS = ["", " ", "a" * 256, "two words", "\u00e9", '"open', '""', "tab\there"]
BAD_IDS = ["1", "no-id", "%27%20OR%201%3D1%20--", "01890a5d-ac96-774b-bcce-b302099a80577",
           "01890a5d-ac96-774b-bcce-b302099a805g", "01890a5dac96774bbcceb302099a8057",
           "%7B01890a5d-ac96-774b-bcce-b302099a8057%7D", "null", "-1", "%C3%A9", "*",
           "a" * 300, "%f0%9f%92%a9", "01890a5d-ac96-774b-bcce-b302099a8057%20"]


@dataclasses.dataclass
class BadRequest:
    operation: Operation
    what: str
    expected: str  # the beginning of the status
    body: bytes | None = None
    path: dict[str, str] = dataclasses.field(default_factory=dict)  # bad parameters by name
    query: str = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    without: tuple[str, ...] = ()  # headers that are left out
    content_length: int | None = None  # announced, but nothing is sent

    def __str__(self):
        return f"{self.operation}: {self.what}"


def sample(schema: dict):
    """Something that the schema allows."""
    if "examples" in schema:
        return schema["examples"][0]
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema:
        return sample(schema["oneOf"][0])
    kind = main_type(schema)
    if kind == "object":
        return {name: sample(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "array":
        return [sample(schema["items"])] * schema.get("minItems", 0)
    if kind == "string":
        texts = ["GB", "GBP", "a-b", "https://example.com/x", "x" * schema.get("minLength", 1)]
        return next(text for text in texts if not schemas.mistakes(schema, text))
    return {"integer": schema.get("minimum", 1), "boolean": True}.get(kind)


def main_type(schema: dict) -> str | None:
    kind = schema.get("type")
    return next(each for each in kind if each != "null") if isinstance(kind, list) else kind


def without_null(schema: dict) -> dict:
    """The schema of a value that may also be null, when it is not."""
    others = [each for each in schema.get("oneOf", []) if each.get("type") != "null"]
    return others[0] if others and main_type(schema) is None else schema


def places(schema: dict, value, pointer: str = "") -> Iterator[tuple[str, dict]]:
    """Every place in a body, as JSON pointer and schema; optional members are included."""
    schema = without_null(schema)
    yield pointer, schema
    for name, member in schema.get("properties", {}).items():
        inner = value.get(name) if isinstance(value, dict) else None
        yield from places(member, inner, f"{pointer}/{name}")
    if main_type(schema) == "array":
        yield from places(schema["items"], value[0] if value else None, f"{pointer}/0")


def put(body, schema: dict, pointer: str, text: str) -> str:
    """The body as JSON with `text`, as it stands, at `pointer`; what leads there is made."""
    if not pointer:
        return text
    changed, mark = copy.deepcopy(body), "@@here@@"
    target, names = changed, pointer.strip("/").split("/")
    for depth, name in enumerate(names):
        key = int(name) if isinstance(target, list) else name
        schema = without_null(schema)
        schema = schema["items"] if isinstance(key, int) else schema["properties"][name]
        if depth == len(names) - 1:
            if key == 0 and not target:
                target.append(mark)
            target[key] = mark
        else:
            if isinstance(target, dict):
                if target.get(name) is None:
                    target[name] = sample(without_null(schema))
            elif not target:
                target.append(sample(without_null(schema)))
            target = target[key]
    return json.dumps(changed).replace(json.dumps(mark), text)


def values_for(schema: dict) -> list[str]:
    kind = main_type(schema)
    values = list(WRONG_TYPES)
    if kind == "string":
        values += BAD_TEXTS
        if "maxLength" in schema:
            values.append(json.dumps("x" * (schema["maxLength"] + 1)))
        if schema.get("format") == "uuid":
            values += [json.dumps(each) for each in BAD_IDS]
    elif kind == "integer":
        values += BAD_COUNTS
        values += [str(schema[name] + step) for name, step in (("minimum", -1), ("maximum", 1))
                   if name in schema]
    elif kind == "boolean":
        values += BAD_FLAGS
    elif kind == "array":
        values += BAD_LISTS
        if "maxItems" in schema:
            items = json.dumps(sample(schema["items"]))
            values.append(f"[{', '.join([items] * (schema['maxItems'] + 1))}]")
    return values


class Malformed(ValueError):
    pass


def strictly(text: str):
    """The value of a JSON text by RFC 8259 and without surprises; Malformed where it has none."""
    def object_of(pairs):
        if len({key for key, _ in pairs}) < len(pairs):
            raise Malformed
        return dict(pairs)

    def refuse(_):
        raise Malformed
    try:
        value = json.loads(text, object_pairs_hook=object_of, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError):
        raise Malformed from None
    return value


def judged(operation: Operation, schema: dict, place: dict, text: str, value: str) -> str | None:
    """How a body is refused that has `value` in a place of that schema; None if it is good."""
    try:
        parsed = strictly(text)
    except Malformed:
        return MALFORMED
    if "1e400" in value or "\\u0000" in value:
        return REFUSED  # a number or a text by RFC 8259, though none that we can hold
    if schemas.mistakes(schema, parsed):
        # A token in the path is looked at before the password that it lets one choose.
        early = place.get("format") == "password" and "{token}" in operation.path
        return REFUSED if early else invalid(operation)
    if main_type(place) == "integer" and value in FLOATS:
        return invalid(operation)
    # Passwords may hold anything, and what others write is none of our business.
    ours = schema.get("additionalProperties") is False and place.get("format") != "password"
    fits = value == LINE_END and place.get("x-multiline")
    if main_type(place) == "string" and value in CONTROLS and ours and not fits:
        return REFUSED
    return None


def invalid(operation: Operation) -> str:
    """The status of a body that is JSON, but not what is asked for."""
    return INVALID if "422" in operation.responses else "400"


def spoilt_bodies(operation: Operation, media_type: str) -> Iterator[BadRequest]:
    media = operation.bodies[media_type]
    schema, good = media["schema"], media["example"]
    headers = {"Content-Type": media_type}
    for pointer, place in places(schema, good):
        for value in values_for(place):
            text = put(good, schema, pointer, value)
            expected = judged(operation, schema, place, text, value)
            if expected:
                yield BadRequest(operation, f"{pointer or '/'} = {value[:40]}", expected,
                                 text.encode(), headers=headers)
        if main_type(place) == "object":
            yield from spoilt_objects(operation, headers, schema, good, pointer, place)
    yield from spoilt_texts(operation, headers, json.dumps(good).encode())


def spoilt_objects(operation, headers, schema, good, pointer, place) -> Iterator[BadRequest]:
    """Members that are missing, unknown, or there twice."""
    for name in place.get("required", []):
        whole = json.loads(put(good, schema, f"{pointer}/{name}", "0"))
        target = whole
        for each in pointer.split("/")[1:]:
            target = target[int(each) if isinstance(target, list) else each]
        del target[name]
        yield BadRequest(operation, f"no {pointer}/{name}", invalid(operation),
                         json.dumps(whole).encode(), headers=headers)
    if place.get("additionalProperties") is not False:
        return
    inner = put(good, schema, pointer, "@@here@@") if pointer else "@@here@@"
    members = json.dumps(good if not pointer else sample(place))[1:-1]
    for what, extra, expected in (
            ("an unknown member", '"is_admin": true', INVALID),
            ("a member of the prototype", '"__proto__": {"role": "admin"}', INVALID),
            ("an empty name", '"": 1', INVALID),
            ("a name of 20,000 letters", json.dumps("n" * 20_000) + ": 1", INVALID),
            ("a member twice", '"twice": 1, "twice": 1', MALFORMED)):
        spoilt = inner.replace("@@here@@", "{" + ", ".join(filter(None, [members, extra])) + "}")
        yield BadRequest(operation, f"{what} in {pointer or '/'}", expected, spoilt.encode(),
                         headers=headers)


def spoilt_texts(operation, headers, good: bytes) -> Iterator[BadRequest]:
    """What is no JSON text, or none that is taken."""
    half, cut = len(good) // 2, good[:-1]
    deep = b'{"x": ' + b"[" * 40 + b"]" * 40 + b"}"
    for what, body in (
            ("half a body", good[:half]), ("all but the end", cut), ("the first byte", good[:1]),
            ("trailing text", good + b"x"), ("a trailing comma", cut + b",}"),
            ("two values", good + good), ("nothing", b""), ("blanks", b"  \n"),
            ("a word", b"nonsense"), ("a comment", b"/* */" + good), ("NaN", b'{"x": NaN}'),
            ("single quotes", good.replace(b'"', b"'")),
            ("a byte order mark", b"\xef\xbb\xbf" + good),
            ("no UTF-8", cut + b', "x": "\xff\xfe"}'),
            ("an overlong form", cut + b', "x": "\xc0\xaf"}'),
            ("a raw surrogate", cut + b', "x": "\xed\xa0\x80"}'), ("UTF-16", b"\xff\xfe{\0}\0"),
            ("a NUL", cut + b"\0}"), ("a raw control character", cut + b', "x": "\x07"}'),
            ("a raw line end", cut + b', "x": "\r\n"}'), ("a bad escape", cut + b', "x": "\\x41"}'),
            ("nested too deep", deep), ("nested very deep", b"[" * 100_000),
            ("nested objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000)):
        optional = what == "nothing" and not operation.body_required
        too_large = len(body) > 256 * 1024 and operation.document.get("x-any-media-type")
        if not optional and not too_large:
            yield BadRequest(operation, what, MALFORMED, body, headers=headers)
    for what, body in (("a list", b"[" + good + b"]"), ("null", b"null"), ("a number", b"7"),
                       ("a text", b'"text"')):
        yield BadRequest(operation, what, invalid(operation), body, headers=headers)
    for content_type in [] if operation.document.get("x-any-media-type") else TYPES:
        yield BadRequest(operation, f"content type {content_type!r}", "415", good,
                         headers={"Content-Type": content_type})
    yield BadRequest(operation, "a compressed body", "415", good,
                     headers={**headers, "Content-Encoding": "gzip"})
    yield BadRequest(operation, "two mebibytes", "413", None, headers=headers,
                     content_length=2 * 1024 * 1024)


def has_body(operation: Operation) -> bool:
    return any(schemas.is_json(media_type) for media_type in operation.bodies)


def bad_headers(operation: Operation) -> Iterator[BadRequest]:
    media_type, media = next(iter(operation.bodies.items()), (None, None))
    body = None
    headers = {}
    if media:
        example = media["example"]
        body = (example if isinstance(example, str) else json.dumps(example)).encode()
        headers = {"Content-Type": media_type}
    yield BadRequest(operation, "headers of 20,000 bytes", "431", body,
                     headers={**headers, "X-Filler": "x" * 20_000})
    for parameter in operation.parameters_in("header"):
        name = parameter["name"]
        if name == "Idempotency-Key" and operation.role != "anonymous":
            for key in BAD_KEYS:
                yield BadRequest(operation, f"key {key[:20]!r}", "400", body,
                                 headers={**headers, name: key})
        if parameter.get("required"):
            yield BadRequest(operation, f"no {name}", REFUSED, body, headers=headers,
                             without=(name,))
            yield BadRequest(operation, f"a senseless {name}", REFUSED, body,
                             headers={**headers, name: "\u00e9 = ' OR 1=1 --"})


def bad_paths(operation: Operation) -> Iterator[BadRequest]:
    media_type, media = next(iter(operation.bodies.items()), (None, None))
    body = json.dumps(media["example"]).encode() if media else None
    for parameter in operation.parameters_in("path"):
        if parameter["schema"].get("format") != "uuid":
            continue
        for value in [*BAD_IDS, "%00", "01890a5d-ac96-774b-bcce-b302099a8057%00"]:
            yield BadRequest(operation, f"{parameter['name']} = {value[:40]}", "40", body,
                             {parameter["name"]: value},
                             headers={"Content-Type": media_type} if media else {})


def good_query_value(schema: dict) -> str:
    if main_type(schema) in ("integer", "boolean"):
        return {"integer": str(schema.get("minimum", 1)), "boolean": "true"}[main_type(schema)]
    texts = [*schema.get("enum", []), "a", "GBP", "01890a5d-ac96-774b-bcce-b302099a8057",
             "2026-01-31T00:00:00.000Z"]
    return next(text for text in texts if not schemas.mistakes(schema, text))


def bad_queries(operation: Operation) -> Iterator[BadRequest]:
    texts = {"integer": ["x", "1.5", "-1", "0", "1e2", "", "0x1", "1%20OR%201=1", "%D9%A1",
                         "9" * 30, "+1", "1%00"],
             "boolean": ["maybe", "1", "TRUE", ""]}
    for parameter in operation.parameters_in("query"):
        name, schema = parameter["name"], parameter["schema"]
        values = list(texts.get(main_type(schema), []))
        if name == "cursor":
            values = ["nonsense", "%00", "a" * 3000, "e30", "W10=", "%FF", "' OR 1=1", "AAAA-_"]
        elif "enum" in schema or "pattern" in schema:
            values = ["nope", "", "%00", "a" * 300, "%27"]
        elif schema.get("format"):
            values += ["nope", "2026-13-01T00:00:00Z", "%00", "a" * 300]
        elif "maxLength" in schema:
            values = ["a" * (schema["maxLength"] + 1), "%00", "%FF"]
        for value in values:
            if main_type(schema) == "integer" and value.lstrip("-").isdecimal() and \
                    not schemas.mistakes(schema, int(value)):
                continue
            yield BadRequest(operation, f"?{name}={value[:40]}", "400",
                             query=f"{name}={value.replace(' ', '%20')}")
        once = f"{name}={good_query_value(schema)}"
        yield BadRequest(operation, f"?{name} twice", "400", query=f"{once}&{once}")


def bad_requests(services: tuple[str, ...] = documents.SERVICES) -> Iterator[BadRequest]:
    for service in services:
        for operation in documents.operations(service):
            yield from bad_queries(operation)
            if operation.method not in documents.WRITES:
                continue
            yield from bad_paths(operation)
            yield from bad_headers(operation)
            for media_type in operation.bodies:
                if schemas.is_json(media_type):
                    yield from spoilt_bodies(operation, media_type)
