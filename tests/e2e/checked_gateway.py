"""A client of the API that holds every answer against the services' OpenAPI documents."""

import urllib.parse

import answers
from gateway_client import Answer, Gateway


class CheckedGateway(Gateway):
    """Fails at an answer whose status, media type or fields no document tells of."""

    def _once(self, method, path, body, headers) -> Answer:
        answer = super()._once(method, path, body, headers)
        target = urllib.parse.urlsplit(path)
        wrong = answers.complaints(method, target.path, answer.status, answer.headers, answer.body)
        assert not wrong, "\n".join(wrong)
        return answer
