"""A database that went back in time is whole, what is missing from it is named, and until somebody
has looked at that nobody is let in."""

import re
import subprocess

import pytest


@pytest.fixture(autouse=True)
def _open_again(system):
    yield
    system.start("gateway")


def assert_closed(system) -> None:
    with pytest.raises(OSError):
        system.anonymous().call("GET", "/api/v1/products")


def restore(system, *words: str) -> str:
    done = system.dev("restore", *words)
    assert done.returncode == 0, done.stdout
    assert_closed(system)
    return done.stdout


def let_in(system, buyer) -> None:
    system.start("gateway")
    buyer.close()  # the connection ended with the gateway before


def confirmed(system, buyer, product) -> str:
    answer = system.place(buyer, system.order_body(product))
    assert answer.status == 201, answer.text()
    system.await_paid(buyer, answer.json()["id"], "captured")
    return answer.json()["id"]


def test_an_earlier_order_database_is_whole_and_what_it_lacks_is_named(system, buyer, tmp_path):
    product = system.product(on_hand=10)
    kept = confirmed(system, buyer, product)
    assert system.dev("backup", str(tmp_path / "before")).returncode == 0
    lost = confirmed(system, buyer, product)
    assert system.dev("backup", str(tmp_path / "after")).returncode == 0
    try:
        said = restore(system, str(tmp_path / "before"), "order")
        assert "./dev reconcile --repair order" in said and "./dev start gateway" in said
        reconciled = system.reconcile()
        assert reconciled.returncode == 1
        assert lost in reconciled.stdout and kept not in reconciled.stdout
        let_in(system, buyer)
        assert system.order(buyer, kept)["status"] == "confirmed"
        assert buyer.call("GET", f"/api/v1/orders/{lost}").status == 404
    finally:
        restore(system, str(tmp_path / "after"), "order")
    let_in(system, buyer)
    assert system.order(buyer, lost)["status"] == "confirmed"


def test_all_four_go_back_behind_a_closed_gateway(system, buyer, tmp_path):
    kept = confirmed(system, buyer, system.product(on_hand=10))
    assert system.dev("backup", str(tmp_path)).returncode == 0
    restore(system, str(tmp_path))
    reconciled = system.reconcile()
    assert reconciled.returncode == 0, reconciled.stdout
    let_in(system, buyer)
    assert system.order(buyer, kept)["status"] == "confirmed"


def test_up_starts_everything_but_the_gateway_until_somebody_opens_it(system, buyer, tmp_path):
    assert system.dev("backup", str(tmp_path)).returncode == 0
    restore(system, str(tmp_path), "payment")
    restore(system, str(tmp_path), "order")
    assert system.dev("stop", "order").returncode == 0
    for _ in range(2):
        done = system.dev("up")
        assert done.returncode == 1, done.stdout
        for step in ("--repair order", "--repair payment", "start gateway"):
            assert f"./dev {step}" in done.stdout.replace("reconcile ", ""), done.stdout
        assert_closed(system)
        shown = system.dev("status").stdout
        assert re.search(r"^gateway +closed ", shown, re.M), shown
        assert re.search(r"^order +ready ", shown, re.M), shown
    let_in(system, buyer)
    system.up()
    assert buyer.call("GET", "/api/v1/orders").status == 200


def test_a_backup_that_is_not_there_changes_nothing(system, tmp_path):
    done = system.dev("restore", str(tmp_path), "order")
    assert done.returncode != 0 and "there is no" in done.stdout
    assert system.dev("restore", str(tmp_path), "orders").returncode != 0


@pytest.mark.parametrize("named", [["order"], []])
def test_a_dump_that_was_cut_off_changes_nothing(system, buyer, tmp_path, named):
    kept = confirmed(system, buyer, system.product(on_hand=10))
    assert system.dev("backup", str(tmp_path)).returncode == 0
    dump = tmp_path / "order.dump"
    dump.write_bytes(dump.read_bytes()[:-2000])
    done = system.dev("restore", str(tmp_path), *named)
    assert done.returncode != 0 and "cannot be read" in done.stdout, done.stdout
    assert system.order(buyer, kept)["status"] == "confirmed"


def test_a_dump_that_cannot_be_put_back_leaves_the_database_as_it_was(system, buyer, tmp_path):
    kept = confirmed(system, buyer, system.product(on_hand=10))
    # Lines without the orders that they refer to.
    subprocess.run(["pg_dump", "--format=custom", "--table=order_line",
                    f"--file={tmp_path / 'order.dump'}", system.env["ORDER_DATABASE_URL"]],
                   check=True)
    done = system.dev("restore", str(tmp_path), "order")
    assert done.returncode == 1 and "is as it was" in done.stdout, done.stdout
    assert "the gateway stays stopped" in done.stdout, done.stdout
    let_in(system, buyer)
    assert system.order(buyer, kept)["status"] == "confirmed"
