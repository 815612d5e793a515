"""A consumer under test: its real binary among stand-ins that say what the contracts promise."""

import os
import pathlib
import subprocess
import time
import urllib.request

from free_port import free_port


class Consumer:
    """The service of that name with other settings, in the place of the installation's own."""

    def __init__(self, system, name: str, **settings: str):
        stopped = system.dev("stop", name)
        assert stopped.returncode == 0, stopped.stdout
        state = pathlib.Path(system.state)
        given = (state / "run" / f"{name}.environment").read_text(encoding="utf-8").splitlines()
        self.port, health_port = free_port(), free_port()
        environment = {**dict(line.split("=", 1) for line in given), **settings,
                       "PORT": str(self.port), "HEALTH_PORT": str(health_port),
                       "HANDOVER_SOCKET": ""}
        build = pathlib.Path(os.environ.get("MERCATO_BUILD", system.root / "build" / "release"))
        with (state / "log" / f"{name}-consumer.log").open("ab") as log:
            self._process = subprocess.Popen(
                [build / "services" / name / f"{name}-service", "serve"],
                env=environment, stdout=log, stderr=log)
        self._await_ready(f"http://127.0.0.1:{health_port}/readyz")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _await_ready(self, url: str) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(url, timeout=2).close()
                return
            except OSError:
                assert self._process.poll() is None, "the consumer ended at once"
                assert time.monotonic() < deadline, "the consumer does not get ready"
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
