"""Every provider's real binary gives each of its consumers what that consumer reads.

Run by the team of a provider before it deploys: a failure names the consumer, the call and the
field that would break it.
"""

import pytest
from expectations import all_contracts
from provider import provider_of

CALLS = [(contract, name) for contract in all_contracts() for name in contract.interactions]


@pytest.mark.parametrize("contract, name", CALLS, ids=[f"{c}-{name}" for c, name in CALLS])
def test_a_provider_keeps_what_a_consumer_expects(system, contract, name):
    assert provider_of(system, contract).broken_expectations(contract, name) == []
