"""A database that went back in time is whole, and what is missing from it is named."""


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
        restored = system.dev("restore", str(tmp_path / "before"), "order")
        assert restored.returncode == 0, restored.stdout
        assert system.order(buyer, kept)["status"] == "confirmed"
        assert buyer.call("GET", f"/api/v1/orders/{lost}").status == 404
        reconciled = system.reconcile()
        assert reconciled.returncode == 1
        assert lost in reconciled.stdout and kept not in reconciled.stdout
    finally:
        restored = system.dev("restore", str(tmp_path / "after"), "order")
    assert restored.returncode == 0, restored.stdout
    assert system.order(buyer, lost)["status"] == "confirmed"


def test_a_backup_that_is_not_there_changes_nothing(system, tmp_path):
    done = system.dev("restore", str(tmp_path), "order")
    assert done.returncode != 0 and "there is no" in done.stdout
    assert system.dev("restore", str(tmp_path), "orders").returncode != 0


def test_a_dump_that_was_cut_off_changes_nothing(system, buyer, tmp_path):
    kept = confirmed(system, buyer, system.product(on_hand=10))
    assert system.dev("backup", str(tmp_path)).returncode == 0
    dump = tmp_path / "order.dump"
    dump.write_bytes(dump.read_bytes()[:-2000])
    done = system.dev("restore", str(tmp_path), "order")
    assert done.returncode != 0 and "cannot be read" in done.stdout, done.stdout
    assert system.order(buyer, kept)["status"] == "confirmed"
