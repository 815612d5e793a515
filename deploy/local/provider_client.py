"""The payment provider's own books, by the API that it offers to merchants."""

import json
import time
import urllib.parse
import urllib.request

# The provider's most for one page.
MOST = 100
# A list that has no end by then is not read as if that were all of it.
LIST_WITHIN_S = 300.0


class Provider:
    """Asks anew each time, so that it may be restarted meanwhile. Raises OSError if it is away."""

    def __init__(self, env: dict[str, str]):
        self._url, self._key = env["PSP_URL"], env["PSP_API_KEY"]

    def intents(self, order_id: str) -> list[dict]:
        """Its payments for an order, also those that hold no money."""
        return self._list("/v1/payment_intents", {"metadata[order_id]": order_id})

    def paid_refunds(self, intent: dict) -> list[dict]:
        """What it has given back of one of them."""
        if intent["status"] != "succeeded":
            return []
        return [refund for refund in self._list("/v1/refunds", {"payment_intent": intent["id"]})
                if refund["status"] == "succeeded"]

    def disputes(self) -> list[dict]:
        """All that there ever were, of whatever payment."""
        return self._list("/v1/disputes", {})

    def _list(self, path: str, query: dict[str, str]) -> list[dict]:
        found, page = [], {"has_more": True}
        ends_at = time.monotonic() + LIST_WITHIN_S
        while page["has_more"]:
            if time.monotonic() > ends_at:
                raise TimeoutError(f"{path} has no end after {len(found)}")
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = self._get(path, {**query, **after, "limit": MOST})
            found += page["data"]
        return found

    def _get(self, path: str, query: dict) -> dict:
        url = f"{self._url}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._key}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
