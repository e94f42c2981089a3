"""The bridge's settings: one frozen value, built once by whoever starts a bridge."""

import msgspec


class BridgeSettings(msgspec.Struct, frozen=True):
    """Times in seconds, gas in gas, prices in wei.

    `finality_depth`: blocks below the head that count as final (0 where the head is final: Anvil, QBFT).
    `doubt_seconds`: how long a chain that contradicts what was final is taken for a lagging RPC; then the bridge halts.
    `max_in_flight`: batches posted and not yet final; more items wait in the outbox. A batch that isn't full waits
    while another one is in flight, at most `batch_seconds`.
    `gas_price`: used only on chains without a base fee. `fee_headroom`: how often the base fee may grow before a signed
    transaction has to wait for it to fall.
    `clock_tolerance`: how far this machine's clock may be from a fresh block's before an operator is told (0: never).
    """

    finality_depth: int = 0
    batch_size: int = 150
    batch_seconds: int = 2
    max_in_flight: int = 8
    resend_after: int = 5
    lease_seconds: int = 15
    gas_per_batch: int = 200_000
    gas_per_convert_in: int = 32_000
    gas_per_other_item: int = 20_000
    max_attempts: int = 5
    gas_price: int = 0
    priority_fee: int = 0
    fee_headroom: int = 4
    first_range: int = 64
    max_range: int = 1024
    poll_interval: float = 0.2
    longest_backoff: float = 10.0
    doubt_seconds: float = 0.0
    clock_tolerance: int = 60
