"""A real ledger, two days of a gift shop, replayed through the gateway."""

import pytest

DATA = "shared/data/online_retail_2010-12.csv"


@pytest.fixture(scope="module")
def ledger(system):
    path = system.root.parent / DATA
    if not path.exists():
        pytest.skip(f"the retail data set is not beside the checkout (../{DATA})")
    return path


def test_every_invoice_is_accounted_for_and_so_it_is_again(system, ledger):
    done = system.dev("replay", str(ledger))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "all 310 invoices are accounted for" in done.stdout
    assert "268 of 268 sold are confirmed, £105,341.71 to the penny" in done.stdout
    assert "29 cancellations: 4 refunded" in done.stdout
    assert "12 of zero prices only, 1 of fees only" in done.stdout
    orders = system.query("order", "SELECT count(*) FROM orders")
    refunds = system.query("order", "SELECT count(*) FROM refund")

    again = system.dev("replay", str(ledger))
    assert again.returncode == 0, again.stdout[-3000:]
    assert "all 310 invoices are accounted for" in again.stdout
    assert system.query("order", "SELECT count(*) FROM orders") == orders
    assert system.query("order", "SELECT count(*) FROM refund") == refunds


def test_nothing_is_broken_after_it(system, ledger):
    reconciled = system.reconcile()
    assert reconciled.returncode == 0, reconciled.stdout
