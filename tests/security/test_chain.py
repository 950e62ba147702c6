"""The chain's form is frozen: what was hashed once hashes the same for ever, and no two rows hash alike."""

import hashlib
import json
from typing import Any

import pytest

from app.security import chain

EVENT: dict[str, Any] = {
    "center": "main",
    "seq": 7,
    "at": 1700000000.25,
    "by": "p-1",
    "command": "c-1",
    "at_device": None,
    "kind": "Seen",
    "alert": "00000000-0000-0000-0000-000000000001",
    "unit": "P-1",
    "seals": None,
    "body": '{"b":-0.0, "ñ":1e400}',
}
LEAF = (
    '["main",7,1700000000.25,"p-1","c-1",null,"Seen","00000000-0000-0000-0000-000000000001","P-1",null,'
    '{"b":-0.0, "ñ":1e400}]'
)


def leaf(**other: Any) -> bytes:
    return chain.event_leaf(**{**EVENT, **other})


def test_an_event_is_hashed_as_one_line_of_json_with_its_text_byte_for_byte() -> None:
    assert leaf() == LEAF.encode()
    assert json.loads(leaf())[1] == 7


def test_the_form_is_the_one_that_was_written_down() -> None:
    begin = chain.genesis(chain.LOG, "main")
    assert begin == hashlib.sha256(b'["naranja","1","log","main"]').digest()
    after = chain.following(begin, leaf())
    assert after == hashlib.sha256(begin + hashlib.sha256(LEAF.encode()).digest()).digest()
    assert after == chain.following_digest(begin, chain.digest(leaf()))


def test_each_chain_of_each_center_begins_elsewhere() -> None:
    begins = {chain.genesis(name, center) for name in (chain.LOG, chain.AUDIT) for center in ("main", "north")}
    assert len(begins) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"at_device": None}, {"at_device": float("nan")}),
        ({"at_device": float("inf")}, {"at_device": float("nan")}),
        ({"at_device": 0.0}, {"at_device": -0.0}),
        ({"seals": None}, {"seals": b""}),
        ({"alert": None}, {"alert": "null"}),
        ({"unit": 'a","b'}, {"unit": "a"}),
        ({"body": "{}"}, {"body": "{} "}),
    ],
)
def test_rows_that_differ_are_hashed_differently(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert leaf(**one) != leaf(**other)


def test_an_audit_row_that_says_nothing_differs_from_one_that_says_null() -> None:
    row = ("main", 1.0, "p", "alert", None, None, 1)
    silent, null = chain.audit_rest(*row, None), chain.audit_rest(*row, "null")
    assert (silent, null) == ('"main",1.0,"p","alert",null,null,1]', '"main",1.0,"p","alert",null,null,1,null]')
    assert json.loads(chain.audit_leaf(3, null)) == [3, "main", 1.0, "p", "alert", None, None, 1, None]


def test_the_digests_of_details_say_nothing_of_their_order_and_come_apart_again() -> None:
    seals = [
        chain.seal_of(f"c/{kind}", "a", kind, 1.0, "p", kind.encode()) for kind in ("place", "note", "caller")
    ]
    assert chain.seals_of(seals) == chain.seals_of(reversed(seals))
    assert chain.seals_in(chain.seals_of(seals)) == set(seals)
    assert chain.seals_in(b"") == set()


def test_a_details_command_is_all_before_its_kind() -> None:
    assert chain.command_of("some/command/note") == "some/command"
