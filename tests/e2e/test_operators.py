"""What operators see and set going again through the gateway: dead letters and stuck orders."""

import os
import secrets
import subprocess

from system import await_true

LETTERS = "/api/v1/admin/catalog/dead-letters"
STUCK = "/api/v1/admin/stuck-orders"


def letters(admin) -> list[dict]:
    return admin.call("GET", LETTERS, expect=(200,)).json()["data"]


def dead_letter(system) -> dict:
    """An event of the order service that the catalog cannot apply, as the catalog lists it."""
    [(event,)] = system.query("order", """
        INSERT INTO outbox (type, aggregate_id, version, data)
        VALUES ('order.confirmed', gen_random_uuid(), 1, '{"lines": "none"}') RETURNING event_id""")
    return await_true(
        lambda: next((one for one in letters(system.admin()) if one["id"] == str(event)), None),
        10, "the letter is listed")


def mend(system, letter: dict, product: dict) -> None:
    system.query("catalog", """
        UPDATE dead_letter SET event = jsonb_set(event::jsonb, '{data}', jsonb_build_object(
          'lines', jsonb_build_array(jsonb_build_object('product_id', %s::text, 'quantity', 7))))
         WHERE event_id = %s RETURNING event_id""", product["id"], letter["id"])


def test_a_dead_letter_is_redriven_when_its_cause_is_mended(system, admin):
    letter = dead_letter(system)
    assert letter["source"] == "order" and letter["error"] and not letter["redriving"]
    redrive = f"{LETTERS}/{letter['id']}/redrive"
    assert admin.call("POST", redrive, expect=(200,)).json()["redriving"]
    await_true(lambda: not letters(admin)[0]["redriving"], 10, "it was tried, and failed again")
    mend(system, letter, system.product())
    key = secrets.token_hex(8)
    first = admin.call("POST", redrive, key=key, expect=(200,))
    await_true(lambda: letters(admin) == [], 10, "the letter was applied")
    again = admin.call("POST", redrive, key=key, expect=(200,))
    assert again.body == first.body and again.headers["idempotent-replayed"] == "true"
    assert admin.call("POST", redrive).code == "not_found"


def test_letters_are_walked_page_by_page(system, admin):
    mine = {dead_letter(system)["id"] for _ in range(3)}
    seen, cursor = [], ""
    while cursor is not None:
        page = admin.call("GET", f"{LETTERS}?limit=2{cursor and '&cursor=' + cursor}",
                          expect=(200,)).json()
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert mine <= set(seen) and len(seen) == len(set(seen))
    assert admin.call("GET", f"{LETTERS}?cursor=nonsense").code == "invalid_cursor"
    product = system.product()
    for letter in mine:
        mend(system, {"id": letter}, product)
        admin.call("POST", f"{LETTERS}/{letter}/redrive", expect=(200,))
    await_true(lambda: letters(admin) == [], 10, "all were applied")


def test_parked_work_on_an_order_is_resumed(system, admin, buyer):
    product = system.product()
    system.kill("payment")
    try:
        order = system.place(buyer, system.order_body(product), wait_s=0).json()
        await_true(lambda: system.query("order", """
            UPDATE saga SET parked_reason = 'set aside by a test', version = version + 1
             WHERE order_id = %s AND parked_reason IS NULL RETURNING id""", order["id"]),
                   10, "the work is under way")
        parked = await_true(
            lambda: next((one for one in admin.call("GET", STUCK).json()["data"]
                          if one["order_id"] == order["id"]), None), 10, "it is listed")
        assert parked["parked_reason"] == "set aside by a test" and parked["kind"] == "checkout"
    finally:
        system.start("payment")
    resume = f"{STUCK}/{parked['id']}/resume"
    assert admin.call("POST", resume, expect=(200,)).json() == {
        "id": parked["id"], "parked_reason": None}
    settled = system.await_final(buyer, order["id"], 15)
    assert settled["status"] == "confirmed"
    # The runner had reserved, and found the saga taken from it when it wanted to write that down.
    assert settled["lines"][0]["line_total"] == settled["total"]
    assert admin.call("POST", resume).code == "not_found"


def test_only_admins_operate(system, buyer):
    somebody = "0192f0c0-0000-7000-8000-000000000000"
    for service in ("order", "catalog"):
        path = f"/api/v1/admin/{service}/dead-letters"
        for method, of in (("GET", path), ("POST", f"{path}/{somebody}/redrive"), ("GET", STUCK),
                           ("POST", f"{STUCK}/{somebody}/resume")):
            assert system.anonymous().call(method, of).status == 401
            assert buyer.call(method, of).status == 403
        assert system.admin().call("POST", f"{path}/{somebody}/redrive").status == 404
    assert system.admin().call("GET", f"{STUCK}?older_than=-1").code == "invalid_query"


def test_a_command_whose_output_nobody_wants_keeps_to_itself(system):
    listed = subprocess.run(["bash", "-c", '"$0" orders --stuck >&-', system.root / "dev"],
                            stderr=subprocess.PIPE, text=True, timeout=60,
                            env={**os.environ, "MERCATO_STATE": str(system.state)})
    assert (listed.returncode, listed.stderr) == (0, "")
