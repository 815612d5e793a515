"""What an answer says that its OpenAPI document does not: statuses, media types, fields.

Stricter than the documents towards unknown fields: what a document does not name is not answered,
whether or not the schema would let it pass.
"""

import functools
import json

import documents
import schemas
from documents import Operation

# What any request may meet, listed in the `default` of each operation. Never 500.
COMMON = (405, 413, 414, 415, 431, 502, 504)


def closed(schema):
    """The schema, with objects that say nothing about further members having none."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: value if key in ("enum", "const", "examples", "example", "required")
             else {name: closed(each) for name, each in value.items()} if key == "properties"
             else closed(value) for key, value in schema.items()}
    if "allOf" in inner:
        inner["allOf"] = [open_again(each) for each in inner["allOf"]]
    elif not inner.get("properties") or "additionalProperties" in inner:
        return inner
    return {**inner, "unevaluatedProperties": False}


def open_again(schema: dict) -> dict:
    """A part of an `allOf`: the whole is closed instead."""
    return {key: value for key, value in schema.items()
            if key not in ("additionalProperties", "unevaluatedProperties")}


@functools.cache
def responses_of(operation: Operation) -> dict[str, dict[str, dict]]:
    """Closed schemas by status and media type."""
    return {status: {media_type: closed(media.get("schema", {}))
                     for media_type, media in response.get("content", {}).items()}
            for status, response in operation.responses.items()}


@functools.cache
def problem_schema() -> dict:
    """What an error looks like where no operation is meant; codes bring fields of their own."""
    return documents.document_of("user")["components"]["schemas"]["Problem"]


def candidates(method: str, path: str) -> list[Operation]:
    """More than one only for internal paths, which several services have."""
    found = (documents.find(service, "GET" if method == "HEAD" else method, path)
             for service in documents.SERVICES)
    return [operation for operation in found if operation]


def complaints(method: str, target: str, status: int, headers: dict[str, str],
               body: bytes) -> list[str]:
    """Each way in which an answer is not as documented; `headers` by their names in lower case."""
    path = target.partition("?")[0]
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    operations = candidates(method, path)
    if not operations:
        return undocumented(path, status, media_type, body)
    found = [against(operation, status, media_type, body, method == "HEAD")
             for operation in operations]
    return [] if [] in found else [f"{method} {path} answers {status}: {each}" for each in found[0]]


def undocumented(path: str, status: int, media_type: str, body: bytes) -> list[str]:
    """No operation is meant: if it is an error of ours, it looks like one."""
    if status < 400 or media_type != "application/problem+json":
        return []
    return [f"{path}: {each}" for each in schemas.mistakes(problem_schema(), json.loads(body))]


def against(operation: Operation, status: int, media_type: str, body: bytes,
            is_head: bool) -> list[str]:
    documented = responses_of(operation).get(str(status))
    if documented is None:
        # The gateway knows nothing of internal routes, and a bad request may be none of HTTP.
        expected = status in COMMON or (status == 404 and operation.role == "service") or (
            status == 400 and b'"code":"bad_request"' in body)
        if not expected or "default" not in operation.responses:
            return [f"an undocumented status of {operation.name}: {body[:300]!r}"]
        documented = responses_of(operation)["default"]
    if is_head:
        return []
    if not documented:
        return [f"an undocumented body of {operation.name}: {body[:300]!r}"] if body else []
    if media_type not in documented:
        return [f"an undocumented media type of {operation.name}: {media_type!r}"]
    if not schemas.is_json(media_type):
        return []
    return schemas.mistakes(documented[media_type], json.loads(body))
