"""What every file of the project keeps to, besides the walls: sizes, names, headers, tests."""

import re

from rules import Violation, folder_matches, rule

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70
MAX_COLUMNS = 100
CODE_SUFFIXES = (".cpp", ".hpp", ".py", ".sh", ".cmake", ".js", "CMakeLists.txt")


def is_code(file):
    return file.path.endswith(CODE_SUFFIXES)


@rule
def files_are_short(tree):
    """A file of code has fewer than 500 lines of at most 100 columns."""
    for file in tree.files:
        if not is_code(file):
            continue
        if len(file.lines) >= MAX_FILE_LINES:
            yield Violation(file.path, len(file.lines), f"{len(file.lines)} lines are too many")
        for number, line in enumerate(file.lines, 1):
            if len(line) > MAX_COLUMNS:
                yield Violation(file.path, number, f"{len(line)} columns are too many")


_NOT_A_FUNCTION = re.compile(r"^(namespace|class|struct|enum|union|extern|template|#|TEST_CASE)")


@rule
def functions_are_short(tree):
    """A function has at most 70 lines. (Those that begin in the first column are looked at.)"""
    for file in tree.cpp:
        begin = None
        for number, line in enumerate(file.code.splitlines(), 1):
            if re.match(r"^[\w:~].*", line) and not _NOT_A_FUNCTION.match(line):
                begin = number
            elif line.startswith("}") and begin is not None:
                if number - begin + 1 > MAX_FUNCTION_LINES:
                    yield Violation(file.path, begin, f"{number - begin + 1} lines in a function")
                begin = None
            elif _NOT_A_FUNCTION.match(line):
                begin = None


@rule
def nothing_is_left_to_do(tree):
    """No note to oneself stays in the tree."""
    note = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b")
    for file in tree.files:
        for number, line in enumerate(file.lines, 1):
            if note.search(line):
                yield Violation(file.path, number, "a note to oneself")


@rule
def names_say_something(tree):
    """No file or folder is named for being useful."""
    word = r"(utils?|helpers?|managers?|misc)"
    vague = re.compile(rf"(^|/)(common|{word})(\.\w+)?(/|$)|_{word}(\.|/|$)")
    for file in tree.files:
        if vague.search(file.path):
            yield Violation(file.path, 1, "the name does not say what it is")


@rule
def sources_include_their_header_first(tree):
    """A .cpp includes its own header first, so that every header compiles on its own."""
    for file in tree.cpp:
        header = file.path[: -len(".cpp")] + ".hpp"
        if file.is_header or not tree.has(header) or not file.includes:
            continue
        first = file.includes[0].path
        if not header.endswith("/" + first):
            yield Violation(file.path, file.includes[0].line, "its own header comes first")


@rule
def includes_are_sorted(tree):
    """Includes of one kind that stand together are sorted."""
    for file in tree.cpp:
        for above, below in zip(file.includes, file.includes[1:]):
            together = below.line == above.line + 1 and below.quoted == above.quoted
            if together and below.path < above.path:
                yield Violation(file.path, below.line, f"{below.path} belongs further up")


# The header of the standard library that a public header needs for a name.
STANDARD_HEADERS = {
    "array": r"std::array\b",
    "atomic": r"std::atomic\b",
    "chrono": r"std::chrono\b",
    "functional": r"std::function\b",
    "map": r"std::(multi)?map\b",
    "memory": r"std::(unique|shared|weak)_ptr\b",
    "mutex": r"std::(mutex|lock_guard|unique_lock)\b",
    "optional": r"std::optional\b",
    "span": r"std::span\b",
    "string": r"std::(string|to_string)\b",
    "string_view": r"std::string_view\b",
    "thread": r"std::(j?thread|this_thread)\b",
    "variant": r"std::(variant|visit|get_if)\b",
    "vector": r"std::vector\b",
}


@rule
def headers_stand_alone(tree):
    """A header is guarded; a public one includes what it names of the standard library."""
    for file in tree.cpp:
        if not file.is_header:
            continue
        if not re.search(r"^#pragma once$", file.text, re.MULTILINE):
            yield Violation(file.path, 1, "#pragma once is missing")
        if re.search(r"^using namespace ", file.code, re.MULTILINE):
            yield Violation(file.path, 1, "a header forces a namespace on its readers")
        if not file.inside("shared"):
            continue
        included = {include.path for include in file.includes}
        for header, name in STANDARD_HEADERS.items():
            if header not in included and re.search(name, file.code):
                yield Violation(file.path, 1, f"<{header}> is missing")


@rule
def tests_wait_for_events(tree):
    """A test does not sleep; what has no event is polled by support/await."""
    for file in tree.cpp:
        in_tests = file.inside("shared/tests", "tests") or folder_matches(
            file.path, "services/*/tests"
        )
        if not in_tests or file.path.startswith("shared/tests/support/await."):
            continue
        for number, line in enumerate(file.code.splitlines(), 1):
            if re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(", line):
                yield Violation(file.path, number, "a test sleeps")
