"""The audit against a service that lies: every broken promise is found, and a kept one is not accused."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.clock import rfc3339
from simulator.live import wire
from simulator.live.audit import Audit, audit, percentile
from simulator.live.console import Console
from simulator.live.ledger import Ledger, Said
from simulator.live.phone import Heard
from simulator.live.wire import Answer, Person

NOW = 1_715_500_800.0
RUN = UUID(int=7)
ALERT = "11111111-1111-5111-8111-111111111111"

Json = dict[str, Any]


def a_need(state: str = "accepted", unit: str | None = "P-01", **more: Any) -> Json:
    answer_by = rfc3339(NOW + 30)
    return {
        "need": "police", "institution": "police", "state": state, "unit": unit, "since": rfc3339(NOW - 5),
        "answer_by": answer_by, "alarm": None, **more,
    }  # fmt: skip


def an_alert(*needs: Json, alert: str = ALERT, **more: Any) -> Json:
    raised_at = rfc3339(NOW - 10)
    return {
        "card": "alert", "id": alert, "folio": "N-1", "state": "open", "raised_at": raised_at,
        "needs": list(needs), **more,
    }  # fmt: skip


def an_entry(event: str, after_s: float, **more: Any) -> Json:
    return {"event": event, "at": rfc3339(NOW - 10 + after_s), **more}


RAISED = [
    an_entry("AlertRaised", 0.0),
    an_entry("NeedAdded", 0.0, need="police"),
    an_entry("Offered", 0.5, need="police", unit="P-02"),
    an_entry("Declined", 3.0, need="police", unit="P-02"),
    an_entry("Offered", 3.0, need="police", unit="P-01"),
    an_entry("Accepted", 7.0, need="police", unit="P-01"),
]


class Liar:
    """A service that knows what it is told to know."""

    def __init__(self, card: Json | None, entries: list[Json] | None = None) -> None:
        self.card, self.entries = card, RAISED if entries is None else entries
        self.ledger = Ledger()
        self.ledger.alert(ALERT, Answer(status=201, body={"folio": "N-1"}))
        self.open_cards = [card] if card else []

    def answer(self, request: httpx.Request) -> httpx.Response:
        match request.url.path.split("/")[2:]:
            case ["units"]:
                return httpx.Response(200, json={"units": [{"id": "P-01", "capacity": 1}]})
            case ["alerts"]:
                return httpx.Response(200, json={"alerts": self.open_cards})
            case ["alerts", _] if self.card is not None:
                return httpx.Response(200, json=self.card)
            case ["alerts", _, "timeline"] if self.card is not None:
                return httpx.Response(200, json={"entries": self.entries})
        return httpx.Response(404, json={"code": "unknown_alert"})

    async def audit(self) -> Audit:
        async with a_client(self.answer) as client:
            return await audit(Person(client, "token", RUN), self.ledger, [ALERT], NOW)


def a_client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1")


async def test_a_service_that_kept_its_word_is_not_accused() -> None:
    liar = Liar(an_alert(a_need()))
    liar.ledger.said.append(Said(alert=ALERT, need="police", unit="P-01", step="accept"))
    found = await liar.audit()
    assert (found.lost, found.twice, found.double_booked, found.unowned, found.alarmed) == ((), (), (), (), ())
    assert (found.known, found.needs, found.accepted, found.on_scene) == (1, 1, 1, 0)
    assert found.processing_s == (0.5,)
    assert found.acceptance_s == (4.0,)


async def test_an_acknowledged_alert_that_is_not_known_is_lost() -> None:
    assert (await Liar(None).audit()).lost == (ALERT,)


async def test_an_acknowledged_step_that_stands_nowhere_is_lost() -> None:
    liar = Liar(an_alert(a_need()))
    liar.ledger.said.append(Said(alert=ALERT, need="police", unit="P-01", step="on-scene"))
    assert (await liar.audit()).lost == (f"{ALERT}/police/P-01/on-scene",)


@pytest.mark.parametrize(("event", "lost"), [("Housed", False), ("Done", False), ("Departed", True)])
async def test_a_shelter_that_is_done_has_taken_her_in(event: str, lost: bool) -> None:
    entry: Json = {"event": event, "need": "police", "unit": "P-01", "at": rfc3339(NOW)}
    liar = Liar(an_alert(a_need()), [*RAISED, entry])
    liar.ledger.said.append(Said(alert=ALERT, need="police", unit="P-01", step="done"))
    assert bool((await liar.audit()).lost) is lost


@pytest.mark.parametrize("entries", [RAISED, [*RAISED, RAISED[0]]])
async def test_an_alert_with_two_folios_or_raised_twice_is_found(entries: list[Json]) -> None:
    folio = "N-2" if entries is RAISED else "N-1"
    assert (await Liar(an_alert(a_need(), folio=folio), entries).audit()).twice == (ALERT,)


@pytest.mark.parametrize(
    ("need", "unowned"),
    [
        (a_need("searching", None), True),
        (a_need("offered", answer_by=rfc3339(NOW - 10)), True),
        (a_need("offered"), False),
        (a_need("stuck", None), True),
        (a_need("stuck", None, alarm={"acknowledged_at": None}), False),
        (a_need("done", None), False),
    ],
)
async def test_a_need_without_anybody_or_anything_that_moves_it_on_is_unowned(need: Json, unowned: bool) -> None:
    found = await Liar(an_alert(need)).audit()
    assert found.unowned == ((f"{ALERT}/police",) if unowned else ())
    assert bool(found.alarmed) == (need["alarm"] is not None)


async def test_a_patrol_that_holds_two_alerts_is_double_booked() -> None:
    liar = Liar(an_alert(a_need()))
    liar.open_cards = [an_alert(a_need()), an_alert(a_need("offered"), alert="other")]
    assert (await liar.audit()).double_booked == ("P-01",)


async def test_an_audit_that_cannot_read_does_not_say_that_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PATIENCE_S", 0.0)
    async with a_client(lambda _: httpx.Response(503, json={"code": "not_saved"})) as client:
        with pytest.raises(RuntimeError, match="503 not_saved"):
            await audit(Person(client, "token", RUN), Ledger(), [ALERT], NOW)


async def test_a_command_that_was_not_saved_is_sent_again_with_the_same_id() -> None:
    seen: list[bytes] = []

    def moody(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        if len(seen) == 1:
            raise httpx.ConnectError("gone")
        return httpx.Response(503 if len(seen) == 2 else 201, json={"code": "not_saved", "folio": "N-1"})

    async with a_client(moody) as client:
        person = Person(client, "token", RUN)
        answer = await person.send("POST", "/api/alerts", {"id": person.command_id("one")})
    assert (answer.status, answer.attempts) == (201, 3)
    assert len(set(seen)) == 1


async def test_a_refusal_is_final() -> None:
    async with a_client(lambda _: httpx.Response(409, json={"code": "offer_over"})) as client:
        answer = await Person(client, "token", RUN).send("POST", "/api/assignments/a/accept", {"id": "x"})
    ledger = Ledger()
    ledger.answer(answer)
    assert (answer.attempts, dict(ledger.refusals), dict(ledger.troubles)) == (1, {"offer_over": 1}, {})


def test_a_console_sees_a_unit_that_holds_too_much_and_forgets_what_is_gone() -> None:
    console = Console()
    unit = {"card": "unit", "id": "P-01", "capacity": 1, "holds": ["a"]}
    console.hear(Heard(cards=[an_alert(a_need()), unit], gone=[], whole=True))
    other = an_alert(a_need("offered"), alert="other")
    # From one alert to another within a frame is one step.
    console.hear(Heard(cards=[an_alert(a_need("done", None)), other, unit], gone=[], whole=False))
    assert not console.double_booked
    console.hear(Heard(cards=[an_alert(a_need()), unit], gone=["other"], whole=False))
    assert not console.double_booked
    console.hear(Heard(cards=[other], gone=[], whole=False))
    assert console.double_booked == {"P-01"}


def test_percentiles_interpolate_as_the_reports_do() -> None:
    assert percentile([], 0.5) is None
    assert percentile([4.0, 1.0, 2.0, 3.0], 0.5) == 2.5
    assert percentile(range(11), 0.9) == 9.0
