"""What the pages believe a card to be is what the service sends: every name they know is on the real ones."""

import re
from pathlib import Path
from typing import Any

from app import cards
from app.geo.point import Point
from app.security.fields import Audience
from tests.service_fixture import HERE, House, a_house

SOURCE = Path(__file__).parents[2] / "web/src/wire/cards.ts"
_INTERFACE = re.compile(r"export interface (\w+) \{(.*?)\n\}", re.DOTALL)
_REQUIRED = re.compile(r"^  (\w+):", re.MULTILINE)


def _believed() -> dict[str, set[str]]:
    text = SOURCE.read_text(encoding="utf-8")
    return {name: set(_REQUIRED.findall(body)) for name, body in _INTERFACE.findall(text)}


async def _real(house: House) -> dict[str, Any]:
    """One card of each kind, of an alert that somebody was asked for and somebody was not found for."""
    await house.on_duty("P-1")
    receipt = await house.raised("police", "shelter")
    board = await house.service.desk.board()
    alert = board.alerts[receipt["alert"]]
    offer = next(iter(board.assignments.values()))
    shown = cards.alert_card(board, alert, Point(**HERE), Audience.OPERATOR)
    return {
        "AlertCard": shown,
        "Need": shown["needs"][0],
        "Why": shown["needs"][0]["why"],
        "WhyNot": shown["needs"][1]["why_not"],
        "Alarm": shown["needs"][1]["alarm"],
        "Where": shown["where"],
        "UnitCard": cards.unit_card(board.units["P-1"], Audience.OPERATOR),
        "Places": cards.unit_card(board.units["S-1"], Audience.OPERATOR)["places"],
        "AssignmentCard": cards.assignment_card(board, offer),
    }


async def test_every_name_the_pages_know_is_on_the_cards(database_url: str, tmp_path: Path) -> None:
    believed = _believed()
    async with a_house(database_url, tmp_path) as house:
        real = await _real(house)
    for kind, card in real.items():
        assert believed[kind] - set(card) == set(), kind
