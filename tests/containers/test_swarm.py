"""deploy/swarm on a swarm of this one node: releases that are good, and two that are not."""

import secrets
import time

import pytest
from check_compose import journey
from crowd import Crowd, assert_nothing_was_lost, most_rounds_per_second
from engine import Swarm, docker, image_of
from free_port import free_port
from gateway_client import Gateway
from installation import SERVICES
from system import await_true


@pytest.fixture(scope="module")
def swarm(tmp_path_factory):
    # A name of its own: the networks of a stack outlive it for a while.
    swarm = Swarm(free_port(), tmp_path_factory.mktemp("secrets"),
                  f"mercato-{secrets.token_hex(3)}")
    try:
        docker("compose", "build")
        began = time.monotonic()
        swarm.up()
        await_true(lambda: swarm.is_ready() and swarm.is_whole(), 600, "the stack is whole")
        print(f"whole after {time.monotonic() - began:.0f} s")
        yield swarm
    finally:
        swarm.down()
        await_true(swarm.is_gone, 180, "the stack is gone")
        for volume in swarm.volumes():
            docker("volume", "rm", volume, check=False)
        swarm.leave()


@pytest.fixture(scope="module")
def peak(swarm):
    return most_rounds_per_second(swarm.url, swarm.admin)


def test_the_journey_works_in_a_swarm(swarm):
    journey(Gateway(swarm.url))


def test_every_service_is_updated_under_load_and_no_request_fails(swarm, peak, next_tag):
    with Crowd(swarm.url, swarm.admin, peak / 2) as crowd:
        for name in SERVICES:
            image = image_of(name, next_tag)
            began, rounds = time.monotonic(), crowd.rounds
            printed = swarm.update(name, image)
            assert swarm.update_state(name) == "completed", printed
            assert swarm.image(name) == image
            print(f"{name} updated in {time.monotonic() - began:.0f} s, during "
                  f"{crowd.rounds - rounds} rounds; failed so far: {len(crowd.failures)}")
        # The last of the old tasks drain still.
        rounds = crowd.rounds
        await_true(lambda: crowd.rounds > rounds + 40 * peak / 2, 120, "the crowd goes on")
    assert_nothing_was_lost(crowd)
    print(f"{crowd.orders()} orders at {peak / 2:.1f} a second")


@pytest.mark.parametrize(("how", "entrypoint"), [
    ("ends at once", '["false"]'), ("never gets healthy", '["sleep", "1000"]')])
def test_a_broken_release_is_rolled_back_by_itself(swarm, peak, next_tag, how, entrypoint):
    before = swarm.image("order")
    broken = image_of("order", f"{next_tag}-broken", f"ENTRYPOINT {entrypoint}", "CMD []")
    try:
        with Crowd(swarm.url, swarm.admin, peak / 2) as crowd:
            began = time.monotonic()
            printed = swarm.update("order", broken)
            await_true(lambda: swarm.update_state("order") == "rollback_completed", 120, printed)
            print(f"a release that {how}: rolled back after {time.monotonic() - began:.0f} s")
        assert swarm.image("order") == before
        assert_nothing_was_lost(crowd)
    finally:
        docker("image", "rm", "--force", broken, check=False)
