"""What a process times and counts of its own work, for Prometheus.

Labels are codes of few values: no id, no zone, no person and no place is ever one.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

QUICK_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of what is done in one go, in seconds."""
SLOW_S = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Bounds of what waits for somebody, in seconds."""

Clocked = Callable[[float], None]
"""Is told how many seconds something took."""

# A third line for each figure, which says when it was first counted, and which nobody here asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Measures:
    """Those of one center in one process. Of several processes each counts what it did itself: add them up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.saved_s = self._histogram(
            "naranja_alert_saved_seconds", "From the request that raises an alert to 'saved'", QUICK_S
        )
        self.first_offer_s = self._histogram(
            "naranja_first_offer_seconds", "From 'alert raised' to its first offer on a phone", SLOW_S
        )
        self.answer_s = self._histogram(
            "naranja_offer_answer_seconds", "From 'offered' to what became of the offer", SLOW_S
        )
        self.late_s = self._histogram(
            "naranja_deadline_late_seconds", "How late what was due was performed and saved", QUICK_S
        )
        self.loop_late_s = self._histogram(
            "naranja_loop_late_seconds", "How late the event loop wakes who slept", QUICK_S
        )
        self.answers = self._counter("naranja_offer_answers", "What became of offers", "answer")
        self.escalations = self._counter("naranja_escalations", "What was done because nobody did it", "kind")
        self.lines_cut = self._counter("naranja_lines_cut", "Sockets refused or cut", "code")
        self.refusals = self._counter("naranja_refusals", "Requests refused", "code")
        self.synthetic_s = self._histogram(
            "naranja_synthetic_seconds", "A synthetic alert, from its request to the card on a phone", QUICK_S
        )
        self.synthetic_failures = self._counter("naranja_synthetic_failures", "Synthetic alerts gone wrong", "at")
        self.synthetic_at = Gauge(
            "naranja_synthetic_last_success_timestamp",
            "When a synthetic alert last went the whole way, seconds since 1970 UTC; 0: not known",
            registry=self.registry,
        )

    def _histogram(self, name: str, says: str, bounds: tuple[float, ...]) -> Histogram:
        return Histogram(name, says, buckets=bounds, registry=self.registry)

    def _counter(self, name: str, says: str, label: str) -> Counter:
        return Counter(name, says, [label], registry=self.registry)
