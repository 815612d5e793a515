"""The gateway as a container starts it."""

import resource

from lone_gateway import LoneGateway, open_files

ENOUGH = 65536


def test_it_may_open_as_many_files_as_it_is_let():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open_files(256), LoneGateway() as gateway:
        opened = gateway.open_files_limit()
    assert opened == (ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH))


def test_one_that_was_killed_starts_again():
    with LoneGateway() as gateway:
        gateway.kill_and_start_again()
        assert gateway.call("GET", "/api/v1/storefront")[0] == 200
