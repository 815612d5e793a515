"""The scripts for pgbench are made of the services' own statements, whole."""

import re

import checkout_statements as statements
import pytest

USER = "0198b0c0-0000-7000-8000-000000000001"
PRODUCTS = [f"0198b0c0-0000-7000-8000-00000000000{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(("script", "parts"), [
    (statements.order_script(USER, USER, PRODUCTS), ["INSERT INTO idempotency_key",
                                                     "UPDATE orders SET status",
                                                     "DELETE FROM saga"]),
    (statements.catalog_script(PRODUCTS), ["INSERT INTO reservation",
                                           "INSERT INTO stock_movement"]),
    (statements.payment_script(USER), ["INSERT INTO payment", "'authorized'", "'captured'"]),
])
def test_a_script_holds_every_statement_with_all_its_values(script, parts):
    assert all(part in script for part in parts)
    assert not re.search(r"\$\d", script)
    assert "{}" not in script
    assert script.count("(") == script.count(")")


def test_a_statement_with_other_parameters_than_given_is_refused():
    with pytest.raises(SystemExit, match="takes parameters"):
        statements.with_values("SELECT $1, $2", ["1"])


def test_a_statement_that_is_gone_is_named():
    with pytest.raises(SystemExit, match="no statement named gone"):
        statements.statement("order", "pg_checkout_store.cpp", "gone")
