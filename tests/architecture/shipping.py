"""What lets each service ship alone: migrations that the previous release survives, and images."""

import re

from rules import Violation, rule

# What the release before may still need, as PostgreSQL spells it.
_CONTRACTS = re.compile(
    r"""
    \bDROP\s+(?:TABLE|COLUMN|VIEW|TYPE|SCHEMA)\b
    | \bRENAME\s+(?:TO|COLUMN|CONSTRAINT|VALUE|\w+\s+TO)\b
    | \bALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE\b
    | \bSET\s+NOT\s+NULL\b
    | \bDROP\s+DEFAULT\b
    | \bADD\s+(?:COLUMN\s+)?(?!CONSTRAINT\b)\w+\s+(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COMMENT_OR_TEXT = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
# The sentence that allows it: which release was the first that did not need it any more.
_ALLOWED = re.compile(r"^-- contract: unused since (\d+)\.(\d+)\.(\d+)$", re.MULTILINE)


def _version(text):
    return tuple(int(number) for number in text.strip().split("."))


def _blanked(sql):
    return _COMMENT_OR_TEXT.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), sql)


def _may_contract(tree, file):
    """Whether a release that did without is out already: this one is newer than the named one."""
    allowed = _ALLOWED.search(file.text)
    version = "/".join(file.path.split("/")[:2]) + "/VERSION"
    if not allowed or not tree.has(version):
        return False
    return tuple(map(int, allowed.groups())) < _version(tree.get(version).text)


@rule
def migrations_expand_before_they_contract(tree):
    """The previous release runs on the new schema: what it needs goes one release later."""
    for file in tree.files:
        if not re.fullmatch(r"services/\w+/migrations/\w+\.sql", file.path):
            continue
        if _may_contract(tree, file):
            continue
        for found in _CONTRACTS.finditer(_blanked(file.text)):
            line = file.text.count("\n", 0, found.start()) + 1
            what = " ".join(found.group(0).split())
            yield Violation(file.path, line, f"'{what}' breaks the previous release; see "
                            "docs/changing-a-schema.md")


@rule
def migrations_are_numbered_without_gaps(tree):
    """0001, 0002, …: two changes that took one number meet here, and not in a database."""
    numbers = {}
    for file in tree.files:
        named = re.fullmatch(r"(services/\w+/migrations)/(\d{4})_[a-z0-9_]+\.sql", file.path)
        if named:
            numbers.setdefault(named[1], []).append((int(named[2]), file.path))
    for found in numbers.values():
        for expected, (number, path) in enumerate(sorted(found), start=1):
            if number != expected:
                yield Violation(path, 1, f"{number:04} stands where {expected:04} is due")
                break


@rule
def images_carry_their_version(tree):
    """The label of an image says what the VERSION beside its Dockerfile says."""
    for file in tree.files:
        version = file.path.removesuffix("Dockerfile") + "VERSION"
        if file.name != "Dockerfile" or not tree.has(version):
            continue
        said = re.search(r"^ARG VERSION=(.*)$", file.text, re.MULTILINE)
        if not said or said[1] != tree.get(version).text.strip():
            yield Violation(file.path, 1, f"ARG VERSION is not what {version} says")
