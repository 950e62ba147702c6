"""Which kinds of details and which fields of cards each reader is shown: the expected table, written out."""

import pytest

from app.dispatch.model import Institution
from app.security.fields import (
    DETAILS,
    FIELDS,
    IN_REVIEW,
    UNDER_GLASS,
    Audience,
    Kind,
    audience,
    masked,
    shows,
)
from app.security.sessions import OF_UNITS, Role

_DESK = "place call_place avoid caller people safe_contact note remark"
_GOES_THERE = "place call_place avoid caller people safe_contact note"
EXPECTED = {
    Audience.OPERATOR: _DESK,
    Audience.SUPERVISOR: _DESK,
    Audience.COORDINATOR: "",
    Audience.AUDITOR: "",
    Audience.ADMIN: "",
    Audience.CENTER: "",
    Audience.PATROL: _GOES_THERE,
    Audience.PROSECUTOR: _GOES_THERE,
    Audience.SHELTER: "people safe_contact",
}
SHOWN = {
    ("alert", "where"): "operator supervisor",
    ("unit", "crew"): "operator supervisor patrol prosecutor shelter",
    ("unit", "holds"): "operator supervisor coordinator patrol prosecutor shelter",
    ("assignment", "where"): "patrol prosecutor",
    ("assignment", "travel_s"): "patrol prosecutor",
    ("assignment", "screen"): "patrol prosecutor",
    ("assignment", "order"): "prosecutor",
    ("assignment", "children"): "shelter",
    ("assignment", "destination"): "patrol",
    ("entry", "keep_out"): "operator supervisor",
    ("entry", "avoid_zones"): "operator supervisor",
    ("entry", "zones"): "operator supervisor",
}


@pytest.mark.parametrize("reader", Audience)
def test_each_reader_is_shown_exactly_the_kinds_written_here(reader: Audience) -> None:
    assert DETAILS[reader] == set(EXPECTED[reader].split())
    under_glass = _DESK if reader is Audience.COORDINATOR else EXPECTED[reader]
    assert UNDER_GLASS[reader] == set(under_glass.split())


@pytest.mark.parametrize("reader", Audience)
def test_each_reader_is_shown_exactly_the_fields_written_here(reader: Audience) -> None:
    assert {(shape, field) for shape, fields in FIELDS.items() for field in fields} == set(SHOWN)
    for (shape, field), readers in SHOWN.items():
        assert shows(shape, field, reader) is (reader.value in readers.split())
        card = masked(shape, {field: ["something"], "id": "x"}, reader)
        assert (card["id"], bool(card[field])) == ("x", reader.value in readers.split())


def test_code_words_are_for_nobody_and_the_note_on_broken_glass_for_who_supervises() -> None:
    for table in (DETAILS, UNDER_GLASS, IN_REVIEW):
        assert not any(Kind.CODE_WORDS in kinds for kinds in table.values())
    assert {Audience.SUPERVISOR: {Kind.GLASS_NOTE}} == IN_REVIEW


def test_a_reader_is_known_by_role_and_of_a_unit_by_what_it_is() -> None:
    assert {audience(role) for role in set(Role) - OF_UNITS} == set(Audience) - {
        Audience.PATROL, Audience.PROSECUTOR, Audience.SHELTER,
    }  # fmt: skip
    assert audience(Role.UNIT, Institution.PROSECUTOR) is Audience.PROSECUTOR
    # Of a unit that is not known any more the least is shown.
    assert audience(Role.UNIT) is Audience.SHELTER
