"""Use case: forget stored answers after their time (transport keys live 90 days; business keys for ever).

Owns the retention. A retry after that is still found by its business key.
"""

from alliance_node.application.ports import LedgerStore
from alliance_node.domain.instants import DAY_SECONDS, Instant

RETENTION_DAYS = 90


def forget_answers(store: LedgerStore, now: Instant) -> int:
    """Delete answers older than the retention; returns how many."""
    with store.write() as connection:
        return store.forget_answers(connection, now - RETENTION_DAYS * DAY_SECONDS)
