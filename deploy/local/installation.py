"""The running installation that ./dev keeps: where its state lies, and what .local/env says."""

import os
import pathlib
import shlex
import sys

SERVICES = ("user", "catalog", "order", "payment")
DATABASES = tuple(f"{service}-db" for service in SERVICES)


def state_folder() -> pathlib.Path:
    """Where ./dev keeps this installation: MERCATO_STATE, or .local in the checkout."""
    named = os.environ.get("MERCATO_STATE")
    return pathlib.Path(named) if named else pathlib.Path(__file__).parents[2] / ".local"


def read_env(path: pathlib.Path) -> dict[str, str]:
    """The assignments of a file that shells source, read as they would."""
    words = shlex.split(path.read_text(encoding="utf-8"))
    return dict(word.split("=", 1) for word in words)


def read_environment(path: pathlib.Path) -> dict[str, str]:
    """The KEY=VALUE lines that a process is started with; values are written as they are."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def rate_limits_on() -> bool:
    """False while the installation runs with RATE_LIMITS=off."""
    try:
        return (state_folder() / "rate-limits").read_text(encoding="utf-8").strip() != "off"
    except FileNotFoundError:
        return True


def load() -> dict[str, str]:
    """.local/env of the installation; ends the program when nothing was set up yet."""
    try:
        return read_env(state_folder() / "env")
    except FileNotFoundError:
        sys.exit("nothing has been set up yet: run ./dev up first")
