"""The services' OpenAPI documents, read as tests want them: operations with every `$ref` resolved.

Security tells who may call (OpenAPI 3.1 lets roles stand in a requirement): `[]` or `[{}]` nobody
in particular, `bearer: []` any customer, `bearer: [admin]` admins, `service: []` other services.
"""

import dataclasses
import functools
import pathlib
import re

import yaml
from installation import SERVICES

ROOT = pathlib.Path(__file__).parents[2]
METHODS = ("get", "put", "post", "patch", "delete")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclasses.dataclass(frozen=True, eq=False)
class Operation:
    """One method of one path; `path` is whole, as in /api/v1/orders/{id}."""

    service: str
    method: str
    path: str
    role: str  # anonymous, customer, admin or service
    parameters: tuple[dict, ...]
    bodies: dict[str, dict]  # media type objects by media type; empty without a body
    body_required: bool
    responses: dict[str, dict]
    document: dict = dataclasses.field(repr=False)

    def __str__(self):
        return f"{self.service}: {self.method} {self.path}"

    @property
    def name(self) -> str:
        return self.document["operationId"]

    @property
    def pattern(self) -> re.Pattern:
        return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path)))

    def parameters_in(self, place: str) -> list[dict]:
        return [parameter for parameter in self.parameters if parameter["in"] == place]


def text_of(service: str) -> str:
    return (ROOT / "services" / service / "openapi.yaml").read_text(encoding="utf-8")


@functools.cache
def document_of(service: str) -> dict:
    """The whole document, each `$ref` replaced by what it leads to."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(text_of(service), loader)  # noqa: S506  (a safe loader, if a fast one)
    return resolved(document, document, {})


def resolved(node, document: dict, seen: dict):
    """Members beside a `$ref` stay, as JSON Schema has it since 2019-09."""
    if isinstance(node, list):
        return [resolved(each, document, seen) for each in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return {key: resolved(value, document, seen) for key, value in node.items()}
    if reference not in seen:
        target = document
        for name in reference.removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        seen[reference] = resolved(target, document, seen)
    return {**seen[reference], **{key: resolved(value, document, seen)
                                  for key, value in node.items() if key != "$ref"}}


def role_in(security: list[dict]) -> str:
    requirement = security[0] if security else {}
    if "service" in requirement:
        return "service"
    if "bearer" in requirement:
        return "admin" if "admin" in requirement["bearer"] else "customer"
    return "anonymous"


def base_of(*levels: dict) -> str:
    """The path of the innermost `servers`."""
    servers = next(level["servers"] for level in levels if "servers" in level)
    return servers[0]["url"].rstrip("/")


@functools.cache
def operations(service: str) -> tuple[Operation, ...]:
    document = document_of(service)
    found = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            own = {(each["in"], each["name"]): each for each in
                   item.get("parameters", []) + operation.get("parameters", [])}
            body = operation.get("requestBody", {})
            found.append(Operation(
                service, method.upper(), base_of(operation, item, document) + path,
                role_in(operation.get("security", document["security"])), tuple(own.values()),
                body.get("content", {}), body.get("required", False), operation["responses"],
                operation))
    return tuple(found)


def all_operations() -> tuple[Operation, ...]:
    return tuple(operation for service in SERVICES for operation in operations(service))


def find(service: str, method: str, path: str) -> Operation | None:
    """The operation that a call is meant for; fixed segments win over parameters."""
    fitting = [operation for operation in operations(service)
               if operation.method == method and operation.pattern.fullmatch(path)]
    return min(fitting, key=lambda operation: operation.path.count("{"), default=None)
