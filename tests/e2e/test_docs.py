"""The API browser at /docs: static pages and the documents of the services themselves."""

import re

from installation import SERVICES


def test_the_documents_can_be_browsed_without_anybody_elses_help(system):
    anonymous = system.anonymous()
    seen, wanted = set(), {"/docs"}
    while wanted:
        path = wanted.pop()
        seen.add(path)
        answer = anonymous.call("GET", path, expect=(200,))
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        text = answer.text()
        assert not re.search(r"(?:src|href|from|import|url)[ =('\"]+(?:https?:)?//", text), path
        wanted |= set(re.findall(r"(?:src|href)=\"(/docs/[^\"#]+)\"", text)) - seen
        wanted |= {f"/docs/{name}" for name in re.findall(r"from '\./([^']+)'", text)} - seen
    assert {"/docs/docs.js", "/docs/docs.css", "/docs/outline.js"} <= seen
    assert {f"/docs/{name}.yaml" for name in SERVICES} <= seen


def test_a_document_outlives_its_service(system):
    path = "/docs/payment.yaml"
    text = system.anonymous().call("GET", path, expect=(200,)).text()
    assert text.startswith("openapi: 3.1")
    system.kill("payment")
    try:
        assert system.anonymous().call("GET", path, expect=(200,)).text() == text
    finally:
        system.start("payment")


def test_nothing_but_pages_is_served_from_the_folder_of_pages(system):
    for path in ("/docs/", "/docs/../docs/index.html", "/docs/.hidden", "/docs/docs",
                 "/shared/x.js", "/docs/nothing.js", "/docs/%2e%2e/nginx.conf"):
        assert system.anonymous().call("GET", path).status == 404, path
    assert system.anonymous().call("POST", "/docs/docs.js", {}).status == 405
