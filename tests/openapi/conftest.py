"""Needs npm, and what `npm ci` installs here and in docs/examples/typescript: ./dev test openapi.

MERCATO_E2E_STATE=DIR uses an installation that runs already (started with RATE_LIMITS=off).
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[2]
for folder in ("deploy/local", "tests/e2e", "tests/openapi"):
    sys.path.insert(0, str(ROOT / folder))

from running_system import system  # noqa: E402, F401  (a fixture, found through the path above)
