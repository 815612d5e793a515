"""What a consumer expects, compared with what a provider says.

An expectation names only what the consumer reads: a provider may say more, and anything it adds is
compatible. `{name}` stands for a value of this run, `<text>`, `<integer>` and `<uuid>` for any
value of that kind.
"""

import re
import uuid

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KINDS = {
    "<text>": lambda value: isinstance(value, str) and value != "",
    "<integer>": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "<uuid>": lambda value: isinstance(value, str) and UUID.fullmatch(value) is not None,
}
EXAMPLES = {"<text>": lambda: "a text", "<integer>": lambda: 1999,
            "<uuid>": lambda: str(uuid.uuid4())}


def filled(expected, values: dict[str, str]):
    """The expectation with each `{name}` replaced by its value."""
    if isinstance(expected, dict):
        return {key: filled(value, values) for key, value in expected.items()}
    if isinstance(expected, list):
        return [filled(value, values) for value in expected]
    if isinstance(expected, str):
        return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], expected)
    return expected


def example(expected):
    """The least that fulfils the expectation: what a provider says in a consumer's test."""
    if isinstance(expected, dict):
        return {key: example(value) for key, value in expected.items()}
    if isinstance(expected, list):
        return [example(value) for value in expected]
    if isinstance(expected, str) and expected in EXAMPLES:
        return EXAMPLES[expected]()
    return expected


def differences(expected, said, where: str = "") -> list[str]:
    """Each way in which `said` does not give the consumer what it expects; empty if it does."""
    if isinstance(expected, dict):
        if not isinstance(said, dict):
            return [f"{where or '/'}: an object is expected, not {said!r}"]
        found = []
        for key, value in expected.items():
            if key in said:
                found += differences(value, said[key], f"{where}/{key}")
            else:
                found.append(f"{where}/{key}: is missing")
        return found
    if isinstance(expected, list):
        if not isinstance(said, list) or len(said) != len(expected):
            return [f"{where or '/'}: a list of {len(expected)} is expected, not {said!r}"]
        return [each for number, pair in enumerate(zip(expected, said))
                for each in differences(*pair, f"{where}/{number}")]
    if isinstance(expected, str) and expected in KINDS:
        return [] if KINDS[expected](said) else [f"{where}: {expected} is expected, not {said!r}"]
    same = expected == said and isinstance(said, type(expected))
    return [] if same else [f"{where}: {expected!r} is expected, not {said!r}"]


def status_matches(expected, status: int) -> bool:
    return status in expected if isinstance(expected, list) else status == expected
