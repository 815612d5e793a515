"""A real ledger, two days of a gift shop, replayed through the gateway."""

import pytest

DATA = "shared/data/online_retail_2010-12.csv"


@pytest.fixture(scope="module")
def ledger(system):
    path = system.root.parent / DATA
    if not path.exists():
        pytest.skip(f"the retail data set is not beside the checkout (../{DATA})")
    return path


def holdings(system) -> list[list[tuple]]:
    """All that a second run must leave as it is."""
    return [system.query("order", "SELECT id, version FROM orders ORDER BY id"),
            system.query("order", "SELECT id, status FROM refund ORDER BY id"),
            system.query("catalog", "SELECT id, price, version FROM product ORDER BY id"),
            system.query("catalog", "SELECT product_id, on_hand FROM stock ORDER BY product_id"),
            system.query("user", "SELECT id FROM users ORDER BY id")]


def test_every_invoice_is_accounted_for_and_so_it_is_again(system, ledger):
    done = system.dev("replay", str(ledger))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "all 310 invoices are accounted for" in done.stdout
    assert "268 of 268 sold are confirmed, £105,341.71 to the penny" in done.stdout
    assert "29 cancellations: 4 refunded" in done.stdout
    assert "12 of zero prices only, 1 of fees only" in done.stdout
    before = holdings(system)

    again = system.dev("replay", str(ledger))
    assert again.returncode == 0, again.stdout[-3000:]
    assert "all 310 invoices are accounted for" in again.stdout
    assert "268 of them were there from an earlier run" in again.stdout
    assert holdings(system) == before


def test_nothing_is_broken_after_it(system, ledger):
    reconciled = system.reconcile()
    assert reconciled.returncode == 0, reconciled.stdout
