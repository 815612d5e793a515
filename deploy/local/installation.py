"""The running installation that ./dev keeps: where its state lies, and what .local/env says."""

import os
import pathlib
import sys

SERVICES = ("user", "catalog", "order", "payment")
DATABASES = tuple(f"{service}-db" for service in SERVICES)


def state_folder() -> pathlib.Path:
    """Where ./dev keeps this installation: MERCATO_STATE, or .local in the checkout."""
    named = os.environ.get("MERCATO_STATE")
    return pathlib.Path(named) if named else pathlib.Path(__file__).parents[2] / ".local"


def read_env(path: pathlib.Path) -> dict[str, str]:
    """The KEY=VALUE lines of a file that shells can source too."""
    settings = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, separator, value = line.partition("=")
        if separator:
            settings[key.strip()] = value.strip()
    return settings


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
