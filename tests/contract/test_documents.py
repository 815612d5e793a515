"""Each service and its OpenAPI document agree: the same routes, and examples that are ones."""

import re

import documents
import pytest
import schemas
from gateway_client import Gateway

# What the foundation serves in each service beside its own routes.
OF_EVERY_SERVICE = {"GET /livez", "GET /readyz", "GET /metrics", "GET /openapi.yaml",
                    "GET /figures"}


@pytest.mark.parametrize("service", documents.SERVICES)
def test_a_service_has_the_routes_that_its_document_names_and_no_others(system, service):
    door = Gateway(system.env[f"{service.upper()}_URL"], patience_s=0)
    metrics = door.call("GET", "/metrics", expect=(200,)).text()
    routes = {f"{method} {path}" for method, path in re.findall(
        r'http_server_request_duration\w*\{method="([A-Z]+)",route="([^"]+)"', metrics)}
    documented = {f"{operation.method} {operation.path}"
                  for operation in documents.operations(service)}
    assert routes - OF_EVERY_SERVICE == documented


@pytest.mark.parametrize("service", documents.SERVICES)
def test_a_service_serves_its_document(system, service):
    door = Gateway(system.env[f"{service.upper()}_URL"], patience_s=0)
    answer = door.call("GET", "/openapi.yaml", expect=(200,))
    assert answer.headers["content-type"] == "application/yaml"
    assert answer.text() == documents.text_of(service)


def examples_in(node, where: str = ""):
    """(where it is, the schema, the example) of a resolved document."""
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from examples_in(each, f"{where}/{number}")
    if not isinstance(node, dict):
        return
    schema = node.get("schema")
    if isinstance(schema, dict) and "example" in node:
        yield f"{where}/example", schema, node["example"]
    if isinstance(node.get("examples"), list):
        own = {key: value for key, value in node.items() if key != "examples"}
        for example in node["examples"]:
            yield f"{where}/examples", own, example
    if "default" in node and "type" in node:
        yield f"{where}/default", node, node["default"]
    for key, value in node.items():
        if key not in ("example", "examples", "enum"):
            yield from examples_in(value, f"{where}/{key}")


@pytest.mark.parametrize("service", documents.SERVICES)
def test_examples_are_what_their_schema_says(service):
    found = list(examples_in(documents.document_of(service)))
    assert found
    wrong = {where: mistakes for where, schema, example in found
             if (mistakes := schemas.mistakes(schema, example))}
    assert wrong == {}


def test_every_operation_has_a_name_of_its_own():
    for service in documents.SERVICES:
        names = [operation.name for operation in documents.operations(service)]
        assert len(names) == len(set(names)), service


def test_every_body_has_an_example():
    without = [f"{operation} ({media_type})" for operation in documents.all_operations()
               for media_type, media in operation.bodies.items() if "example" not in media]
    assert without == []


def test_every_operation_outside_says_that_one_may_have_to_slow_down():
    without = [str(operation) for operation in documents.all_operations()
               if operation.role != "service" and "429" not in operation.responses]
    assert without == []
