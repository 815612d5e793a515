"""Prints every broken rule of the project. Usage: check.py [ROOT]; exit code 1 if there are any."""

import sys

import rules
import style  # noqa: F401  its rules
import walls  # noqa: F401  its rules
from source_tree import SourceTree


def main(root):
    found = rules.violations_in(SourceTree(root))
    for violation in found:
        print(violation)
    print(f"{len(found)} violations" if found else f"all {len(rules.RULES)} rules hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
