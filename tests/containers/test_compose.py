"""docker-compose.yml, run for real: its journey, its walls, and containers that come and go."""

import json
import time

import pytest
from check_compose import OWN, journey
from crowd import Crowd, assert_nothing_was_lost, most_rounds_per_second
from engine import Compose, docker, image_of, memory_mib
from free_port import free_port
from gateway_client import Gateway
from installation import SERVICES
from system import await_true


@pytest.fixture(scope="module")
def installation():
    installation = Compose(free_port())
    try:
        installation.compose("build")
        began = time.monotonic()
        installation.up()
        installation.ready_after_s = time.monotonic() - began
        yield installation
    finally:
        installation.down()


@pytest.fixture(scope="module")
def peak(installation):
    return most_rounds_per_second(installation.url, installation.admin)


def networks_of(container: str) -> set[str]:
    named = json.loads(docker("inspect", "--format", "{{json .NetworkSettings.Networks}}",
                              container))
    return {name.partition("_")[2] for name in named}


def reads_answered(container: str) -> int:
    return docker("logs", container).count('"route":"/api/v1/products/{id}"')


def test_the_journey_works_as_soon_as_compose_says_that_all_are_healthy(installation):
    assert installation.is_ready()
    journey(Gateway(installation.url))
    print(f"ready after {installation.ready_after_s:.1f} s")


def test_our_own_containers_take_little_memory_while_idle(installation):
    used = memory_mib(installation.project)
    own = {name: used[name] for name in OWN}
    print("memory", {name: round(mib, 1) for name, mib in own.items()})
    assert sum(own.values()) < 150


def test_nobody_but_its_service_is_on_a_databases_network(installation):
    for name in SERVICES:
        database, = installation.containers(f"{name}-db")
        assert networks_of(database) == {f"{name}-data"}
        service, = installation.containers(name)
        reached = {network for network in networks_of(service) if network.endswith("-data")}
        assert reached == {f"{name}-data"}


def test_only_the_gateway_is_published(installation):
    published = {
        name for name in (*SERVICES, *(f"{name}-db" for name in SERVICES), "redis", "psp",
                          "gateway")
        for container in installation.containers(name) if docker("port", container)}
    assert published == {"gateway"}


def test_a_replica_more_gets_its_share_and_one_less_fails_nobody(installation, peak):
    with Crowd(installation.url, installation.admin, peak / 2) as crowd:
        installation.up("--scale", "catalog=3", "--no-recreate", "catalog")
        replicas = installation.containers("catalog")
        assert len(replicas) == 3
        await_true(lambda: all(reads_answered(each) > 0 for each in replicas), 10,
                   "each of the three answers")
        rounds = crowd.rounds
        docker("kill", replicas[0])
        await_true(lambda: crowd.rounds > rounds + 40, 60, "the crowd goes on")
    assert_nothing_was_lost(crowd)


def test_a_release_that_does_not_start_leaves_the_running_ones_alone(
        installation, next_tag):
    before = installation.containers("order")
    image_of("order", next_tag, 'HEALTHCHECK NONE', 'ENTRYPOINT ["false"]')
    done = installation.rollout("order", next_tag)
    assert done.returncode == 1, done.stdout
    assert installation.containers("order") == before
    journey(Gateway(installation.url))


def test_every_service_is_replaced_under_load_and_no_request_fails(
        installation, peak, next_tag):
    installation.up("--no-recreate", *(word for name in SERVICES
                                       for word in ("--scale", f"{name}=2")))
    images = {name: image_of(name, next_tag) for name in SERVICES}
    with Crowd(installation.url, installation.admin, peak / 2) as crowd:
        for name in SERVICES:
            began, rounds = time.monotonic(), crowd.rounds
            done = installation.rollout(name, next_tag)
            print(f"{name} replaced in {time.monotonic() - began:.0f} s, during "
                  f"{crowd.rounds - rounds} rounds; failed so far: {len(crowd.failures)}")
            assert done.returncode == 0, done.stdout
            runs = [docker("inspect", "--format", "{{.Config.Image}}", container)
                    for container in installation.containers(name)]
            assert runs == [images[name]] * 2
    assert_nothing_was_lost(crowd)
    print(f"{crowd.orders()} orders at {peak / 2:.1f} a second")
