"""A new release takes the place of the running one under load, one service after the other.

MERCATO_PREVIOUS_BUILD=DIR names the build tree of the release before, or the present one once more:
it is what runs at first, on the schema of the new one. Without it only what takes no minute runs.
"""

import os
import pathlib
import threading
import time

import pytest
from installation import SERVICES
from system import FINAL, await_true


class Shopper(threading.Thread):
    """Reads and orders again and again, and keeps every answer that is not what it should be."""

    def __init__(self, system, product: dict):
        super().__init__(daemon=True)
        self._system, self._product = system, product
        self._account = system.account()
        self._buyer = system.anonymous().sign_in(*self._account)
        self._stopped = threading.Event()
        self.orders: list[str] = []
        self.calls, self.failures = 0, []

    def run(self) -> None:
        while not self._stopped.is_set():
            self._expect("sign in", 201, self._system.anonymous().call(
                "POST", "/api/v1/sessions",
                {"email": self._account[0], "password": self._account[1]}))
            self._expect("product", 200, self._buyer.call(
                "GET", f"/api/v1/products/{self._product['id']}",
                headers={"Cache-Control": "no-cache"}))
            placed = self._system.place(self._buyer, self._system.order_body(self._product))
            if placed.status in (201, 202):
                self.orders.append(placed.json()["id"])
            self._expect("order", (201, 202), placed)
            self._expect("payments", 200, self._buyer.call(
                "GET", f"/api/v1/payments?order_id={self.orders[-1]}" if self.orders
                else "/api/v1/orders"))

    def _expect(self, what: str, statuses, answer) -> None:
        self.calls += 1
        if answer.status not in (statuses if isinstance(statuses, tuple) else (statuses,)):
            self.failures.append(f"{what}: {answer.status} {answer.text()[:200]}")

    def stop(self) -> None:
        self._stopped.set()
        self.join(30)

    def all_settled(self) -> bool:
        return all(self._system.order(self._buyer, order)["status"] in FINAL
                   for order in self.orders)

    def statuses(self) -> set[str]:
        return {self._system.order(self._buyer, order)["status"] for order in self.orders}


def pid_of(system, name: str) -> str:
    return (pathlib.Path(system.state) / "run" / f"{name}.pid").read_text(encoding="utf-8").strip()


@pytest.fixture
def shoppers(system):
    product = system.product(on_hand=1_000_000)
    shoppers = [Shopper(system, product) for _ in range(4)]
    for shopper in shoppers:
        shopper.start()
    yield shoppers
    for shopper in shoppers:
        shopper.stop()


@pytest.fixture
def previous_release(system):
    previous = os.environ["MERCATO_PREVIOUS_BUILD"]
    for name in SERVICES:
        restarted = system.dev("restart", name, MERCATO_BUILD=previous)
        assert restarted.returncode == 0, restarted.stdout


@pytest.mark.skipif("MERCATO_PREVIOUS_BUILD" not in os.environ, reason="takes over from none")
def test_every_service_is_replaced_under_load_and_no_request_fails(
        system, previous_release, shoppers):
    before = {name: pid_of(system, name) for name in SERVICES}
    rollouts, printed = [], {}

    def rollout(name: str) -> None:
        done = system.dev("rollout", name)
        printed[name] = (done.returncode, done.stdout)

    # The next begins when this one's successor has its place; the last idle connections of the old
    # process take half a minute longer, and are waited for all together.
    for name in SERVICES:
        calls = sum(shopper.calls for shopper in shoppers)
        rollouts.append(threading.Thread(target=rollout, args=(name,)))
        rollouts[-1].start()
        await_true(lambda: pid_of(system, name) != before[name], 60, f"{name} has a successor")
        await_true(lambda: sum(shopper.calls for shopper in shoppers) > calls + 40, 60,
                   "the shoppers go on")
    for thread in rollouts:
        thread.join(120)

    for shopper in shoppers:
        shopper.stop()
    codes = {name: code for name, (code, _) in printed.items()}
    assert codes == dict.fromkeys(SERVICES, 0), printed
    assert [failure for shopper in shoppers for failure in shopper.failures] == []
    assert sum(len(shopper.orders) for shopper in shoppers) > 20
    for shopper in shoppers:
        await_true(shopper.all_settled, 10, "every order is settled")
        assert shopper.statuses() == {"confirmed"}
    done = system.reconcile()
    assert done.returncode == 0, done.stdout


def test_a_release_that_does_not_start_leaves_the_running_one_alone(system, tmp_path):
    before = pid_of(system, "catalog")
    environment = pathlib.Path(system.state) / "run" / "catalog.environment"
    assert environment.exists()
    broken = tmp_path / "build"
    program = broken / "services" / "catalog" / "catalog-service"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n[ \"$1\" = migrate ] && exit 0\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    # What is there already is not built: the file stands for a release that ends at once.
    (broken / "build.ninja").write_text("rule none\n  command = true\n"
                                        "build catalog-service: none\ndefault catalog-service\n",
                                        encoding="utf-8")
    began = time.monotonic()
    done = system.dev("rollout", "catalog", MERCATO_BUILD=str(broken))
    assert done.returncode != 0
    assert f"goes on as it was (pid {before})" in done.stdout, done.stdout
    assert pid_of(system, "catalog") == before
    assert time.monotonic() - began < 30
    system.anonymous().call("GET", "/api/v1/products?limit=1", expect=(200,))
