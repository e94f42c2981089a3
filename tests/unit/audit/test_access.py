"""The auditor's own table of restricted functions is the deployment plan's; delays change as OpenZeppelin's do."""

from bridge.audit.contracts.access_manager import GUARDIAN, OPEN_FUNCTIONS, OPERATOR, RISK, selector
from bridge.audit.contracts.delays import after, value_at
from bridge.deploy import plan
from bridge.deploy.artifacts import load_artifact


def test_the_auditors_table_is_the_deployment_plans() -> None:
    """Two lists, written apart: whoever opens a function to a role says it in both."""
    planned = {
        contract: {
            int.from_bytes(load_artifact(contract).functions[name].selector, "big"): role
            for role, target, names in plan.ROLE_FUNCTIONS
            if target == contract
            for name in names
        }
        for contract in {target for _, target, _ in plan.ROLE_FUNCTIONS}
    }
    known = {
        contract: {selector(signature): role for signature, role in functions.items()}
        for contract, functions in OPEN_FUNCTIONS.items()
    }
    assert planned.items() <= known.items()
    assert (OPERATOR, RISK, GUARDIAN) == (plan.OPERATOR, plan.RISK, plan.GUARDIAN)


def test_a_delay_that_was_changed_holds_from_its_date_on() -> None:
    shortened = after(100, 10, 1_090, 1_000)
    assert [value_at(shortened, at) for at in (1_000, 1_089, 1_090)] == [100, 100, 10]
    again = after(shortened, 7, 2_000, 1_500)
    assert [value_at(again, at) for at in (1_500, 2_000)] == [10, 7]
