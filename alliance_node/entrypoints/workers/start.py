"""Which workers a node needs: the sealer and the housekeeper always, the daily jobs unless a simulation moves the clock
(it calls its jobs itself), the bridge and the publisher when the node belongs to an alliance."""

from alliance_node.adapters.sql.log_store import SqlLogStore
from alliance_node.application.forget_answers import forget_answers
from alliance_node.application.seal import Sealer
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.workers.budget_watch import look_at_budgets
from alliance_node.entrypoints.workers.daily import DailyJobs
from alliance_node.entrypoints.workers.group import WorkerGroup

_HOUSEKEEPING_SECONDS = 6 * 3600.0
_MINUTE = 60.0
_PUBLISH_SECONDS = 5.0


def start_workers(node: Node) -> WorkerGroup:
    """Starts them; the caller stops the group."""
    group = WorkerGroup(node)
    sealer = Sealer(SqlLogStore(node.engine))
    group.every("sealer", node.settings.seal_every_seconds, lambda: sealer.step(node.clock.now()) > 0)
    group.every("housekeeper", _HOUSEKEEPING_SECONDS, lambda: forget_answers(node.store, node.clock.now()) > 0)
    if node.settings.clock == "system":
        group.every("daily-jobs", _MINUTE, DailyJobs(node).step)
    if node.chain is not None:
        chain = node.chain
        group.run("bridge", lambda: chain.run(group.stop_event, group.report))
        group.every("budget-watch", _MINUTE, lambda: look_at_budgets(chain.desk, group.report))
        group.every("publisher", _PUBLISH_SECONDS, node.statements.publish_once)
    return group
