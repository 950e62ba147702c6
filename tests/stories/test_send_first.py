"""Send first, ask later: where is enough, every answer may only raise, and only a supervisor lowers."""

from .center import Center
from .phone import Console, Phone

FOUR_OF_THE_OTHERS = dict.fromkeys(("jealous", "left_him", "unemployed", "follows"), "yes")


async def test_the_patrol_goes_at_where_alone_and_the_answers_reach_it_on_its_way(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    assert alert.receipt["level"] == "standard"
    await kilo7.takes(alert, "en-route")
    await center.clock_advance(seconds=30)
    answer = await center.tell_more(alert, threat={"children_present": "yes", "weapon_present": "unknown"})
    assert answer.body["level"] == "high"
    await center.clock_advance(seconds=10)
    await center.tell_more(alert, threat={"weapon_present": "yes"})
    card = await console.expect_alert(alert, level="extreme")
    assert [(step["level"], step["reason"]) for step in card["steps"]] == [
        ("high", "children_present"),
        ("extreme", "weapon_present"),
    ]
    assert card["steps"][0]["at"] < card["steps"][1]["at"]
    await kilo7.until(lambda: kilo7.card(alert)["level"] == "extreme", "the level on its way")
    assert kilo7.card(alert)["threat"] == {"children_present": "yes", "weapon_present": "yes"}


async def test_no_answer_lowers_a_level_and_not_known_unsays_nothing(center: Center, console: Console) -> None:
    alert = await center.raise_alert(threat={"strangled": "yes"})
    for said in ("unknown", "no"):
        assert (await center.tell_more(alert, threat={"strangled": said})).body["level"] == "extreme"
        card = await console.expect_alert(alert, level="extreme")
        assert [step["reason"] for step in card["steps"]] == ["strangled"]
    quiet = await center.raise_alert(threat={"weapon_used": "unknown", "repeat": "no"})
    assert quiet.receipt["level"] == "standard"


async def test_an_operator_may_raise_a_level_and_only_a_supervisor_lowers_it_and_says_why(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    raising = {"level": "high", "reason": "voice_breaks_off"}
    (await center.tell(alert, "level", **raising)).must_be(200)
    (await center.tell(alert, "level", **raising)).must_be(422, "level_not_higher")
    lowering = {"level": "standard", "lower": True, "reason": "call_back_from_safety"}
    for token in (center.operator, center.coordinator, kilo7.token):
        (await center.tell(alert, "level", token=token, **lowering)).must_be(403, "forbidden")
    without = {"level": "standard", "lower": True}
    (await center.tell(alert, "level", token=center.supervisor, **without)).must_be(422, "invalid")
    (await center.tell(alert, "level", token=center.supervisor, **lowering)).must_be(200)
    card = await console.expect_alert(alert, level="standard")
    assert [(step["level"], step["reason"]) for step in card["steps"]] == [
        ("high", "voice_breaks_off"),
        ("standard", "call_back_from_safety"),
    ]
    lowered = next(entry for entry in await center.log(alert) if type(entry.event).__name__ == "LevelLowered")
    assert lowered.by == await center.person("supervisor-1")


async def test_the_screen_asked_on_scene_raises_by_points_and_by_any_threat_to_life(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    first, second = await center.raise_alert(), await center.raise_alert()
    await kilo7.expect_offer(first)
    asked = {"profile": "lap", "answers": {**FOUR_OF_THE_OTHERS, "follows": "unknown"}}
    (await kilo7.says("screen", first, **asked)).must_be(409, "wrong_state")
    await kilo7.takes(first, "en-route", "on-scene")
    assert (await kilo7.says("screen", first, **asked)).must_be(200).body["level"] == "standard"
    asked["answers"] = FOUR_OF_THE_OTHERS
    assert (await kilo7.says("screen", first, **asked)).must_be(200).body["level"] == "extreme"
    card = await console.expect_alert(first, level="extreme")
    assert card["steps"][-1]["reason"] == "screen_points"

    await lima2.takes(second, "on-scene")
    threat = {"profile": "lap", "answers": {"fears_death": "yes"}}
    assert (await lima2.says("screen", second, **threat)).must_be(200).body["level"] == "extreme"
    card = await console.expect_alert(second, level="extreme")
    assert card["steps"][-1]["reason"] == "screen_life_threat"
    unheard = {"profile": "lap", "answers": {"shoe_size": "yes"}}
    (await lima2.says("screen", second, **unheard)).must_be(422, "unknown_question")
    (await lima2.says("screen", second, profile="horoscope", answers={})).must_be(422, "unknown_screen")


async def test_the_questions_of_a_screen_are_read_in_spanish_or_in_english_and_say_what_was_asked_before(
    center: Center, kilo7: Phone
) -> None:
    spanish = (await center.get("/api/screens", token=kilo7.token)).must_be(200).body
    english = (await center.get("/api/screens?language=en", token=kilo7.token)).must_be(200).body
    (lap,), (same,) = spanish["screens"], english["screens"]
    assert [one["code"] for one in lap["questions"]] == [one["code"] for one in same["questions"]]
    assert len(lap["questions"]) == 11
    assert lap["questions"][0]["text"].startswith("¿Ha usado un arma")
    assert same["questions"][0]["text"].startswith("Has he used a weapon")
    assert lap["questions"][0]["same_as"] == "weapon_used"
    (await center.get("/api/screens?language=fr", token=kilo7.token)).must_be(422, "invalid")
