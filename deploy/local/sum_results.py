"""Adds up JUnit files: the last line is `N passed, N failed`; exit 1 when a test failed.

usage: sum_results.py FAILED_TO_RUN FILE...    FAILED_TO_RUN counts suites that left no results.
"""

import sys
import xml.etree.ElementTree


def could_not_run(case: xml.etree.ElementTree.Element) -> bool:
    """CTest writes <skipped> of a test whose program is not there as well; one that skips itself
    has the way in which it said so (SKIP_RETURN_CODE=4) for a message."""
    skipped = case.find("skipped")
    return (skipped is not None and case.get("status") == "notrun"
            and not skipped.get("message", "").startswith("SKIP_"))


def count(path: str) -> tuple[int, int]:
    """How many test cases of one file passed and failed; skipped ones count as neither. A file
    without any counts as one that failed: a suite that finds none of its tests writes one, too."""
    passed = failed = 0
    cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
    if not cases:
        print(f"failed: no tests in {path}")
        return 0, 1
    for case in cases:
        if (case.find("failure") is not None or case.find("error") is not None
                or could_not_run(case)):
            failed += 1
            print(f"failed: {case.get('classname') or ''} {case.get('name')}")
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def main() -> None:
    passed, failed = 0, int(sys.argv[1])
    for path in sys.argv[2:]:
        try:
            more_passed, more_failed = count(path)
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            print(f"failed: no results in {path}: {error}")
            more_passed, more_failed = 0, 1
        passed, failed = passed + more_passed, failed + more_failed
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
