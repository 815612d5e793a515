"""docs/settings.md: what each program says of its own settings.

usage: settings_document.py [BUILD] >docs/settings.md
"""

import pathlib
import subprocess
import sys

from installation import SERVICES

ROOT = pathlib.Path(__file__).parents[2]
TITLE = """\
# Settings

Environment variables, as `<service>-service settings` prints them. All are checked at the start,
which ends with exit code 2 and names every mistake. A secret `NAME` may come from a file, named by
`NAME_FILE`. The gateway's settings are in [its README](../deploy/gateway/README.md);
`psp-sandbox settings` prints those of the provider's stand-in.

Made by `/usr/bin/python3 deploy/local/settings_document.py >docs/settings.md`, once the services
are built.
"""
HEAD = "| Setting | Default | Values | Meaning |\n|---|---|---|---|\n"


def printed_by(binary: pathlib.Path) -> str:
    return subprocess.run([binary, "settings"], text=True, check=True,
                          stdout=subprocess.PIPE).stdout


def document(tables: dict[str, str]) -> str:
    """Rows that all services have alike stand once, the others with their service."""
    rows = {name: table.splitlines(keepends=True)[2:] for name, table in tables.items()}
    alike = set.intersection(*map(set, rows.values()))
    first = next(iter(rows.values()))
    parts = [TITLE, f"\n## Every service\n\n{HEAD}", *(row for row in first if row in alike)]
    for name, own in rows.items():
        parts += [f"\n## {name}\n\n{HEAD}", *(row for row in own if row not in alike)]
    return "".join(parts)


def main(arguments: list[str]) -> None:
    build = pathlib.Path(arguments[0]) if arguments else ROOT / "build" / "release"
    sys.stdout.write(document({
        name: printed_by(build / "services" / name / f"{name}-service") for name in SERVICES}))


if __name__ == "__main__":
    main(sys.argv[1:])
