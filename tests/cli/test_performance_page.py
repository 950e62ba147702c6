"""The page of figures says what the benches printed, and a ratio is taken within each round."""

from app.cli.bench_floor import figures_of
from app.cli.performance_page import KEPT, page


def test_a_ratio_is_the_median_of_the_rounds_own_ratios_and_a_round_without_a_figure_has_none() -> None:
    slow, quick, none = (
        {"n": 9, "fail": 0, "p50": p50, "p99": 2 * p50, "achieved": 50.0} for p50 in (8.0, 2.0, float("nan"))
    )
    found = {"bare/single|open 50/s": [slow, quick, quick], "naranja|open 50/s": [slow, slow, none]}
    row = figures_of(found, units=1, rounds=3)["scenarios"]["50/s"]["naranja"]
    assert row["to"]["bare/single"]["p50"] == 2.5
    assert row["p50_ms"] == 8.0


def test_the_highest_rate_is_the_last_before_the_first_that_was_not_kept_up() -> None:
    def row(rate: float, p99: float, *, fail: int = 0, achieved: float | None = None) -> dict[str, float]:
        return {"n": 1000, "fail": fail, "p50": 1.0, "p99": p99, "achieved": achieved or rate}

    found = {
        "bare/single|open 60/s": [row(60, 9.0), row(60, 9.0), row(60, 9.0)],
        "bare/single|open 80/s": [row(80, 9.0), row(80, 51.0), row(80, 9.0, fail=2)],
        "bare/single|open 100/s": [row(100, 9.0, achieved=92.0), row(100, 9.0), row(100, 9.0)],
        "naranja|open 60/s": [row(60, 51.0)],
        "naranja|open 80/s": [row(80, 9.0)],
        "naranja|open 100/s": [row(100, 9.0)],
    }
    figures = figures_of(found, units=1, rounds=3, climb=["60", "80", "100"])
    assert figures["highest_per_s"] == {
        "bare/single": 60.0,
        "asgi/single": 0.0,
        "fastapi/orm": 0.0,
        "naranja": 0.0,
    }
    assert figures["scenarios"] == {}


def test_the_page_shows_every_bench_with_its_command_and_machine() -> None:
    told = {"command": "naranja bench positions", "date": "2026-01-02", "machine": "2 cores"}
    text = page({"positions": {**told, "figures": {"ratio": 0.25}}})
    assert "| ratio | 0.25 |" in text
    assert "`naranja bench positions`, 2026-01-02, 2 cores." in text


def test_what_is_written_by_hand_below_the_figures_is_kept() -> None:
    told = {"command": "naranja bench positions", "date": "2026-01-02", "machine": "2 cores"}
    first = page({"positions": {**told, "figures": {"ratio": 0.25}}})
    by_hand = "\n\n## What was tried\n\nThis.\n"
    second = page({"positions": {**told, "figures": {"ratio": 0.5}}}, first.partition(KEPT)[0] + KEPT + by_hand)
    assert "| ratio | 0.5 |" in second
    assert second.endswith(by_hand)
