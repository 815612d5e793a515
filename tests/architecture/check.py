"""Prints every broken rule of the project; exit code 1 if there are any.

usage: check.py [ROOT] [--style]

The walls hold the architecture and fail the build. The rules of style are asked for apart, while
older files are still being brought in line with them.
"""

import sys

import rules
import shipping  # noqa: F401  its rules
import walls  # noqa: F401  its rules
from source_tree import SourceTree


def main(root, with_style):
    if with_style:
        import style  # noqa: F401  its rules
    found = rules.violations_in(SourceTree(root))
    for violation in found:
        print(violation)
    print(f"{len(found)} violations" if found else f"all {len(rules.RULES)} rules hold")
    return 1 if found else 0


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--style"]
    sys.exit(main(words[0] if words else ".", "--style" in sys.argv))
