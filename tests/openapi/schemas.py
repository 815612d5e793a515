"""JSON Schema 2020-12, as the documents use it, by Debian's jsonschema; formats are checked too."""

import datetime
import re

import jsonschema

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
formats = jsonschema.FormatChecker(formats=())


def of_texts(check):
    """A format says something about strings only."""
    return lambda value: not isinstance(value, str) or check(value)


def is_time(text: str) -> bool:
    """RFC 3339 in UTC with milliseconds, as all times are written here, and a day that there is."""
    if not TIME.fullmatch(text):
        return False
    try:
        datetime.datetime.fromisoformat(text[:-1])
    except ValueError:
        return False
    return True


formats.checks("uuid")(of_texts(lambda text: UUID.fullmatch(text) is not None))
formats.checks("date-time")(of_texts(is_time))
formats.checks("email")(of_texts(
    lambda text: re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*", text.strip()) is not None))
formats.checks("iri")(of_texts(lambda text: re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", text)
                               is not None))


# By the schema's identity, which is its own for as long as it is kept here with its validator.
_kept: dict[int, tuple] = {}


def _validator_of(schema: dict):
    if id(schema) not in _kept:
        _kept[id(schema)] = schema, jsonschema.Draft202012Validator(schema, format_checker=formats)
    return _kept[id(schema)][1]


def mistakes(schema: dict, value) -> list[str]:
    """What is wrong with `value`, with where it is; empty if nothing is.

    `schema` has no references, and is kept for as long as the process lives.
    """
    found = []
    for error in _validator_of(schema).iter_errors(value):
        found += [f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"]
    return found


def is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")
