"""Runs a program as one test, and writes how it ended as a JUnit file.

usage: as_test.py FILE.xml NAME PROGRAM ARGUMENT...
"""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    path, name, *command = sys.argv[1:]
    done = subprocess.run(command, check=False)
    suite = ElementTree.Element("testsuite")
    case = ElementTree.SubElement(suite, "testcase", classname="program", name=name)
    if done.returncode != 0:
        ElementTree.SubElement(case, "failure", message=f"exit {done.returncode}")
    ElementTree.ElementTree(suite).write(path)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
