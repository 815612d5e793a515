"""What holds the walls together: a rule is a function from the tree to the violations it finds.

Its docstring is the sentence that it holds. Add a rule by writing one, and a violation of it into
test_rules.py: a rule that cannot fail holds nothing.
"""

from dataclasses import dataclass

RULES = []


@dataclass(frozen=True)
class Violation:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


def rule(check):
    RULES.append(check)
    return check


def folder_matches(path, pattern):
    """Whether the file is inside the folder; "*" stands for any one name."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) > len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted))


def violations_in(tree):
    return sorted(
        {violation for check in RULES for violation in check(tree)},
        key=lambda violation: (violation.path, violation.line, violation.message),
    )
