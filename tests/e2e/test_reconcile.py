"""After everything else: the four databases agree, and a break would have been named."""


def test_the_four_databases_agree_at_rest(system):
    done = system.reconcile_at_rest()
    assert done.returncode == 0, done.stdout


def test_a_broken_invariant_is_named_with_the_product(system):
    product = system.product(on_hand=10)
    system.query("catalog", "UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = %s",
                 product["id"])
    try:
        done = system.reconcile()
        assert done.returncode == 1
        assert any("I1" in line and product["id"] in line for line in done.stdout.splitlines())
    finally:
        system.query("catalog", "UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = %s",
                     product["id"])
    assert system.reconcile().returncode == 0
