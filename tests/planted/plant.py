"""Plants each of ten bugs in a copy of the sources, and looks whether the tests notice.

usage: plant.py [WORDS]    only bugs whose name contains WORDS

The copy, with a build of its own, lies in build/planted; the sources themselves are never touched.
A case counts only if it passes without the bug. Prints a line for each bug; exit 1 if one of them
went unnoticed. Takes about twenty minutes, most of it compiling.
"""

import pathlib
import subprocess
import sys

from bugs import BUGS, Bug

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "planted" / "sources"
BUILD = ROOT / "build" / "planted" / "build"


def synchronize() -> None:
    """Writes what differs only, so that little is compiled anew when this runs again."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, COPY / name
        if not source.is_file():
            target.unlink(missing_ok=True)
            continue
        content = source.read_bytes()
        if target.is_file() and target.read_bytes() == content:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(source.stat().st_mode)


def build(*suites: str) -> None:
    subprocess.run(["ninja", "-C", BUILD, "--quiet", *suites], check=True,
                   stdout=subprocess.DEVNULL)


def configure() -> None:
    if (BUILD / "build.ninja").is_file():
        return
    subprocess.run(["cmake", "--preset", "debug", "-B", BUILD], cwd=COPY, check=True,
                   stdout=subprocess.DEVNULL)


def passes(bug: Bug) -> bool:
    """Whether the cases pass, the programs that they start being those of this build."""
    binary = next(BUILD.rglob(bug.suite))
    return subprocess.run([binary, bug.cases], stdout=subprocess.DEVNULL, check=False,
                          timeout=600).returncode == 0


def noticed(bug: Bug) -> bool:
    file = COPY / bug.file
    sound = file.read_text(encoding="utf-8")
    if sound.count(bug.old) != 1:
        raise SystemExit(f"{bug.file} does not hold what is to be changed exactly once: {bug.name}")
    file.write_text(sound.replace(bug.old, bug.new), encoding="utf-8")
    try:
        build(bug.suite)
        try:
            return not passes(bug)
        except subprocess.TimeoutExpired:
            return True
    finally:
        file.write_text(sound, encoding="utf-8")


def main() -> int:
    words = " ".join(sys.argv[1:])
    chosen = [bug for bug in BUGS if words in bug.name]
    synchronize()
    configure()
    suites = sorted({bug.suite for bug in chosen})
    build(*suites)
    for suite, cases in sorted({(bug.suite, bug.cases) for bug in chosen}):
        if not passes(next(bug for bug in chosen if (bug.suite, bug.cases) == (suite, cases))):
            raise SystemExit(f"{suite} {cases} fails without any bug of ours")
    unnoticed = 0
    for bug in chosen:
        caught = noticed(bug)
        unnoticed += not caught
        print(f"{'noticed  ' if caught else 'UNNOTICED'} {bug.name}", flush=True)
    print(f"{len(chosen) - unnoticed} of {len(chosen)} noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
