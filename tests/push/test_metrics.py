"""A running center tells how it is: how fast, how late, how much waits. Codes and figures, and nobody in them."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from prometheus_client import Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families

from app.clock import HandClock
from tests.patience import until
from tests.service_fixture import HERE, House, a_house

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())["groups"][0]["rules"]
PAGE = (ROOT / "docs" / "operations.md").read_text()


async def figures(house: House) -> dict[tuple[str, str], float]:
    """Every figure that has one label at most, by its name and the label's value."""
    text = (await (await house.client("admin")).get("/metrics")).raise_for_status().text
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_an_alert_is_timed_until_it_is_saved_until_a_phone_has_it_and_until_it_is_answered(
    house: House,
) -> None:
    await house.on_duty("P-1")
    before = await figures(house)
    async with house.phone("P-1") as phone, house.phone("operator"):
        receipt = await house.raised()
        shown = await phone.card(lambda card: card["card"] == "assignment")
        await phone.say(type="received", seq=phone.heard[-1]["seq"])
        kinds = house.service.measures.first_offer_s
        await until(lambda: count(kinds) > before.get(("naranja_first_offer_seconds_count", ""), 0))
        during = await figures(house)
        assert (await house.step("P-1", shown["id"], "accept")).status_code == 200
        after = await figures(house)
        assert after["naranja_sockets", "unit"] == after["naranja_sockets", "operator"] == 1
    assert during["naranja_oldest_offer_seconds", ""] > 0
    assert during["naranja_oldest_unaccepted_seconds", ""] >= during["naranja_oldest_offer_seconds", ""]
    assert after["naranja_oldest_unaccepted_seconds", ""] == 0
    assert during["naranja_open_needs", "offered"] == after["naranja_open_needs", "accepted"] == 1
    for name in ("alert_saved", "first_offer", "offer_answer"):
        assert after[f"naranja_{name}_seconds_count", ""] - before[f"naranja_{name}_seconds_count", ""] == 1
        assert 0 < after[f"naranja_{name}_seconds_sum", ""] - before[f"naranja_{name}_seconds_sum", ""] < 60
    accepted = ("naranja_offer_answers_total", "accepted")
    assert after[accepted] - before.get(accepted, 0) == 1
    assert receipt["alert"] not in str(after)


def value(counter: Counter) -> float:
    (family,) = counter.collect()
    return float(next(sample.value for sample in family.samples if sample.name.endswith("_total")))


def count(histogram: Histogram) -> float:
    (family,) = histogram.collect()
    return next(float(sample.value) for sample in family.samples if sample.name.endswith("_count"))


async def test_what_nobody_answers_is_counted_with_how_late_it_was_done(database_url: str, tmp_path: Path) -> None:
    clock = HandClock()
    async with a_house(database_url, tmp_path, clock) as house:
        await house.on_duty("P-1", "P-2")
        await house.raised()
        offered = house.service.measures.escalations.labels("offer_expired")
        clock.advance(120)
        await until(lambda: value(offered) >= 1)
        said = await figures(house)
        assert said["naranja_escalations_total", "offer_expired"] >= 1
        assert said["naranja_offer_answers_total", "unseen"] >= 1
        # The hand moved two minutes at once: what was due on the way was done that much later.
        assert (
            60
            < said["naranja_deadline_late_seconds_sum", ""]
            <= 120 * said["naranja_deadline_late_seconds_count", ""]
        )
        assert said["naranja_oldest_unaccepted_seconds", ""] == 120
        clock.advance(600)
        await until(lambda: value(house.service.measures.escalations.labels("alarm")) >= 1)
        assert (await figures(house))["naranja_alarms_unacknowledged", ""] == 1


async def test_it_says_how_the_process_stands(house: House) -> None:
    said = await figures(house)
    assert said["naranja_database_up", ""] == 1
    assert said["naranja_log_behind", ""] == 0
    assert abs(said["naranja_clock_ahead_seconds", ""]) < 5
    assert 0 <= said["naranja_pool_in_use", ""] <= 16
    for what in ("commands", "frames", "wakes", "checkpoints", "neighbours"):
        assert said["naranja_waiting", what] == 0
    await until(lambda: count(house.service.measures.loop_late_s) > 0)


async def test_what_is_refused_is_counted_by_its_code_at_every_door(house: House) -> None:
    before = await figures(house)
    stranger, operator = await house.client(), await house.client("operator")
    assert (await stranger.get("/api/alerts")).status_code == 401
    assert (await operator.get(f"/api/alerts/{uuid4()}")).status_code == 404
    assert (await operator.post("/api/alerts", json={"where": HERE, "Xóchitl": 1})).status_code == 422
    foreign = {"Origin": "https://elsewhere.example"}
    assert (await stranger.post("/api/session", json={}, headers=foreign)).status_code == 403
    async with house.phone("nobody's token") as phone:
        await phone.closed()
    after = await figures(house)
    for code in ("not_signed_in", "unknown_alert", "invalid", "wrong_origin"):
        counted = ("naranja_refusals_total", code)
        assert after[counted] - before.get(counted, 0) == 1, code
    cut = ("naranja_lines_cut_total", "not_signed_in")
    assert after[cut] - before.get(cut, 0) == 1
    assert "Xóchitl" not in str(after)


async def test_a_label_is_a_code_of_few_values(house: House) -> None:
    text = (await (await house.client("admin")).get("/metrics")).text
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    said = {(name, value) for sample in samples for name, value in sample.labels.items() if name != "le"}
    assert {name for name, _ in said} <= {
        "answer",
        "at",
        "child",
        "code",
        "kind",
        "reason",
        "role",
        "state",
        "what",
    }
    assert all(re.fullmatch(r"[A-Za-z_]{2,40}", value) for _, value in said)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
async def test_every_alarm_asks_for_what_the_service_says_and_has_a_row_for_whoever_has_the_night(
    house: House, rule: dict[str, str]
) -> None:
    text = (await (await house.client("admin")).get("/metrics")).text
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    said = {name + end for name, kind in kinds.items() for end in (("_bucket",) if kind == "histogram" else ("",))}
    assert set(re.findall(r"naranja_\w+", rule["expr"])) <= said
    assert re.search(rf"^\| [^|]*`{rule['alert']}`", PAGE, re.MULTILINE), "it has no row in docs/operations.md"
