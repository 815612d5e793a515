"""Services share no list of currencies, and each that has one has the same: what may be a price may
also be the total that a buyer expects.
"""

import pathlib
import re

SERVICES = pathlib.Path(__file__).parents[2] / "services"


def test_who_lists_currencies_lists_the_same():
    lists = {}
    for file in SERVICES.glob("*/src/domain/currency.cpp"):
        literals = re.findall(r'"([A-Z ]+)"', file.read_text(encoding="utf-8"))
        lists[file.relative_to(SERVICES).parts[0]] = "".join(literals).split()
    assert {"catalog", "order"} <= lists.keys()
    codes = lists["catalog"]
    assert len(codes) > 150 and codes == sorted(set(codes))
    assert {service: sorted(set(listed) ^ set(codes)) for service, listed in lists.items()
            if listed != codes} == {}
