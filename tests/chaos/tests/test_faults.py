"""A storm is decided by its seed, and reaches every process."""

from itertools import islice

from faults import OTHERS, plan
from installation import DATABASES, SERVICES


def test_a_seed_tells_the_same_storm_again():
    assert list(islice(plan(7, 1.0), 100)) == list(islice(plan(7, 1.0), 100))
    assert list(islice(plan(7, 1.0), 100)) != list(islice(plan(8, 1.0), 100))


def test_every_process_is_killed_sooner_or_later():
    killed = {fault.name for fault in islice(plan(1, 1.0), 1000) if fault.kind == "kill"}
    assert killed == {*SERVICES, *DATABASES, *OTHERS}


def test_the_gateway_is_never_frozen():
    # It is the clients' own way in: a frozen one is no different from a slow network.
    frozen = {fault.name for fault in islice(plan(1, 1.0), 1000) if fault.kind == "freeze"}
    assert "gateway" not in frozen and len(frozen) == 10


def test_faults_come_as_often_as_asked():
    faults = list(islice(plan(3, 0.5), 2000))
    assert 0.45 < sum(fault.after_s for fault in faults) / len(faults) < 0.55
