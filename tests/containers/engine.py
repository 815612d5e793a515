"""What the tests ask of the Docker engine: images, and the two ways to run them all."""

import os
import pathlib
import re
import shutil
import subprocess

from gateway_client import Gateway
from installation import SERVICES

ROOT = pathlib.Path(__file__).parents[2]
ADMIN_EMAIL = "admin@mercato.example"
UNITS = {"B": 1 / 1048576, "KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}


def docker(*words, check: bool = True, stdin: str | None = None, timeout: float = 600,
           **environment: str) -> str:
    """What a docker command printed; fails with that where `check` is set and the command did."""
    done = subprocess.run(["docker", *map(str, words)], input=stdin, text=True, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
                          env={**os.environ, **environment})
    assert done.returncode == 0 or not check, f"docker {' '.join(map(str, words))}: {done.stdout}"
    return done.stdout.strip()


def engine_runs() -> bool:
    """Whether there is an engine here, with a Compose that can wait for health."""
    return shutil.which("docker") is not None and all(
        subprocess.run(["docker", *words], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL).returncode == 0
        for words in (["info"], ["compose", "version"]))


def image_of(service: str, tag: str, *lines: str) -> str:
    """One more image of a service under `tag`: the same program, and what `lines` change."""
    name = f"mercato/{service}:{tag}"
    dockerfile = "\n".join((f"FROM mercato/{service}", f"LABEL test.release={tag}", *lines, ""))
    docker("build", "--quiet", "--tag", name, "-", stdin=dockerfile)
    return name


def remove_images(tag: str) -> None:
    for service in SERVICES:
        docker("image", "rm", f"mercato/{service}:{tag}", check=False)


class Containers:
    """An installation in containers: where its gateway is, and who may do everything."""

    def __init__(self, port: int):
        self.url = f"http://127.0.0.1:{port}"
        self.admin_password = ""

    @property
    def admin(self) -> tuple[str, str]:
        return ADMIN_EMAIL, self.admin_password

    def is_ready(self) -> bool:
        try:
            answer = Gateway(self.url, patience_s=0, timeout_s=5).call("GET", "/readyz")
        except OSError:
            return False
        return answer.status == 200 and answer.json()["status"] == "ok"


class Compose(Containers):
    """docker-compose.yml as a project of its own."""

    def __init__(self, port: int, project: str = "mercato-test"):
        super().__init__(port)
        self.project = project
        self._environment = {"COMPOSE_PROJECT_NAME": project, "GATEWAY_PORT": str(port),
                             "RATE_LIMITS": "off"}

    def compose(self, *words, check: bool = True) -> str:
        return docker("compose", *words, check=check, timeout=900, **self._environment)

    def up(self, *words) -> None:
        self.compose("up", "--detach", "--wait", "--wait-timeout", "600", *words)
        self.admin_password = self.admin_password or self.compose(
            "run", "--rm", "--no-deps", "--entrypoint", "cat", "admin",
            "/run/secrets/admin-password").splitlines()[-1]

    def down(self) -> None:
        self.compose("down", "--volumes", "--timeout", "5", check=False)

    def rollout(self, service: str, version: str) -> subprocess.CompletedProcess:
        return subprocess.run([ROOT / "deploy/compose/rollout", service], text=True, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, **self._environment,
                                   f"{service.upper()}_VERSION": version})

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service).split()


class Swarm(Containers):
    """deploy/swarm as a stack of its own, on a swarm of this node."""

    def __init__(self, port: int, secrets: pathlib.Path, stack: str):
        super().__init__(port)
        self.stack, self._secrets, self._port = stack, secrets, port
        self._was_in_swarm = self._in_swarm()

    @staticmethod
    def _in_swarm() -> bool:
        return docker("info", "--format", "{{.Swarm.LocalNodeState}}") == "active"

    def up(self) -> None:
        done = subprocess.run(
            [ROOT / "deploy/swarm/up", self._secrets], text=True, timeout=300,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "STACK": self.stack, "GATEWAY_PORT": str(self._port),
                 "RATE_LIMITS": "off"})
        assert done.returncode == 0, done.stdout
        self.admin_password = (self._secrets / "admin-password").read_text().strip()

    def down(self) -> None:
        docker("stack", "rm", self.stack, check=False)

    def leave(self) -> None:
        if not self._was_in_swarm:
            docker("swarm", "leave", "--force", check=False)

    def update(self, service: str, image: str) -> str:
        """Until the update has converged, or was rolled back; what was printed."""
        return docker("service", "update", "--quiet", "--no-resolve-image", "--image", image,
                      f"{self.stack}_{service}", check=False, timeout=900)

    def update_state(self, service: str) -> str:
        return self._inspect(service, "{{.UpdateStatus.State}}")

    def image(self, service: str) -> str:
        return self._inspect(service, "{{.Spec.TaskTemplate.ContainerSpec.Image}}")

    def is_whole(self) -> bool:
        """Whether each service has as many tasks as it wants, and what runs once is done."""
        services = docker("service", "ls", "--filter",
                          f"label=com.docker.stack.namespace={self.stack}", "--format",
                          "{{.Name}} {{.Replicas}}").splitlines()
        counts = dict(line.split() for line in services)
        once = {f"{self.stack}_{name}" for name in
                (*(f"{service}-migrate" for service in SERVICES), "admin", "seed")}
        return len(counts) > len(once) and all(
            running == "0/1" if name in once else running.split("/")[0] == running.split("/")[1]
            for name, running in counts.items()) and all(map(self._is_done, once))

    def volumes(self) -> list[str]:
        return docker("volume", "ls", "--quiet", "--filter",
                      f"label=com.docker.stack.namespace={self.stack}").split()

    def is_gone(self) -> bool:
        label = f"label=com.docker.stack.namespace={self.stack}"
        return not docker("ps", "--all", "--quiet", "--filter", label) and not docker(
            "network", "ls", "--quiet", "--filter", label)

    def _is_done(self, name: str) -> bool:
        return any(state.startswith("Complete") for state in docker(
            "service", "ps", "--format", "{{.CurrentState}}", name).splitlines())

    def _inspect(self, service: str, what: str) -> str:
        return docker("service", "inspect", "--format", what, f"{self.stack}_{service}")


def memory_mib(project: str) -> dict[str, float]:
    """What each container of a Compose project takes now, by service."""
    label = f"label=com.docker.compose.project={project}"
    named = dict(line.split() for line in docker(
        "ps", "--filter", label, "--format",
        '{{.ID}} {{.Label "com.docker.compose.service"}}').splitlines())
    used: dict[str, float] = {}
    for line in docker("stats", "--no-stream", "--format", "{{.ID}} {{.MemUsage}}",
                       *named).splitlines():
        container, amount = re.match(r"(\w+) ([\d.]+\w+) /", line).groups()
        number, unit = re.match(r"([\d.]+)(\w+)", amount).groups()
        used[named[container]] = used.get(named[container], 0) + float(number) * UNITS[unit]
    return used
