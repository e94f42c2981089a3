"""What the node counts about itself, in Prometheus' text form. Labels are routes, statuses and states: never ids.

One registry per application, so that two nodes in one process (tests) do not mix.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counters of requests and of ledger outcomes, and gauges read at scrape time."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "alliance_http_requests", "Requests by route and status", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "alliance_http_seconds", "Seconds per request", ["route"], buckets=_BUCKETS, registry=self.registry
        )
        self._outcomes = Counter(
            "alliance_commands", "Commands by route and outcome", ["route", "outcome"], registry=self.registry
        )
        self._bound: dict[tuple[str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}
        self._counted: dict[tuple[str, str], Counter] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request. `route` is a path template, never a path."""
        counter = self._bound.get((route, status))
        if counter is None:
            counter = self._bound[route, status] = self._requests.labels(route, str(status))
        counter.inc()
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = self._seconds.labels(route)
        timer.observe(seconds)

    def outcome(self, route: str, outcome: str, count: int = 1) -> None:
        """Count what became of commands: accepted, replayed, refused."""
        counter = self._counted.get((route, outcome))
        if counter is None:
            counter = self._counted[route, outcome] = self._outcomes.labels(route, outcome)
        counter.inc(count)

    def gauge(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A gauge whose value is asked for when metrics are read."""
        Gauge(name, description, registry=self.registry).set_function(read)

    def render(self) -> bytes:
        """The text of /metrics."""
        return generate_latest(self.registry)
