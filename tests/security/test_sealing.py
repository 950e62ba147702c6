"""What is sealed opens in its own place with its own key, and nowhere else; no key and no text prints."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.envelope import joined
from app.security.master_key import MasterKey
from app.security.sealing import CenterKey, Sealer, Unsealable

MASTER = MasterKey(bytes(range(32)))
SEALER = Sealer(MASTER, "main")
TEXT = b"Calle 5 de Mayo 12, interior 3"


def refused(code: str) -> "pytest.RaisesExc[Unsealable]":
    return pytest.raises(Unsealable, check=lambda problem: problem.code == code)


def test_what_is_sealed_opens_again_also_after_the_key_was_stored() -> None:
    key = SEALER.new_alert_key("a1")
    sealed = SEALER.seal(key, "a1", "place", "c1/place", TEXT)
    assert TEXT not in sealed
    again = Sealer(MasterKey(bytes(range(32))), "main").unwrap("a1", key.wrapped)
    assert SEALER.open(again, "a1", "place", "c1/place", sealed) == TEXT


def test_the_same_text_sealed_twice_looks_different() -> None:
    key = SEALER.new_alert_key("a1")
    assert len({SEALER.seal(key, "a1", "place", "r1", TEXT) for _ in range(100)}) == 100


def test_each_alert_has_a_key_of_its_own() -> None:
    one, two = SEALER.new_alert_key("a1"), SEALER.new_alert_key("a1")
    sealed = SEALER.seal(one, "a1", "place", "r1", TEXT)
    with refused("wrong_key"):
        SEALER.open(two, "a1", "place", "r1", sealed)


@pytest.mark.parametrize(
    ("alert", "kind", "row"),
    [("a2", "place", "r1"), ("a1", "caller", "r1"), ("a1", "place", "r2"), ("a1", "placer", "1")],
    ids=["alert", "kind", "row", "border between kind and row"],
)
def test_a_sealed_text_moved_elsewhere_does_not_open(alert: str, kind: str, row: str) -> None:
    key = SEALER.new_alert_key("a1")
    sealed = SEALER.seal(key, "a1", "place", "r1", TEXT)
    with refused("tampered"):
        SEALER.open(key, alert, kind, row, sealed)


def test_a_wrapped_key_moved_to_another_alert_does_not_open() -> None:
    with refused("tampered"):
        SEALER.unwrap("a2", SEALER.new_alert_key("a1").wrapped)


def test_a_key_is_not_used_for_another_alert() -> None:
    with pytest.raises(ValueError, match="not of a2"):
        SEALER.seal(SEALER.new_alert_key("a1"), "a2", "place", "r1", TEXT)


def test_another_master_and_another_center_open_nothing() -> None:
    wrapped = SEALER.new_alert_key("a1").wrapped
    for stranger in (Sealer(MasterKey(bytes(32)), "main"), Sealer(MASTER, "north")):
        with refused("wrong_key"):
            stranger.unwrap("a1", wrapped)


def test_every_single_changed_bit_is_noticed() -> None:
    key = SEALER.new_alert_key("a1")
    sealed = SEALER.seal(key, "a1", "note", "r1", b"x")
    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Unsealable):
            SEALER.open(key, "a1", "note", "r1", bytes(changed))


@given(st.binary(max_size=80))
def test_bytes_that_were_never_sealed_do_not_open(stray: bytes) -> None:
    with pytest.raises(Unsealable):
        SEALER.unwrap("a1", stray)


def test_a_later_version_is_named_as_such() -> None:
    key = SEALER.new_alert_key("a1")
    sealed = SEALER.seal(key, "a1", "note", "r1", b"x")
    with refused("wrong_version"):
        SEALER.open(key, "a1", "note", "r1", b"\x02" + sealed[1:])


def test_what_is_the_centers_own_opens_in_its_place_only() -> None:
    sealed = SEALER.seal_own("unit_places", "R-1", b"25.67,-100.31")
    assert SEALER.open_own("unit_places", "R-1", sealed) == b"25.67,-100.31"
    for kind, row in (("unit_places", "R-2"), ("stations", "R-1")):
        with refused("tampered"):
            SEALER.open_own(kind, row, sealed)
    with refused("wrong_key"):
        Sealer(MASTER, "north").open_own("unit_places", "R-1", sealed)


def test_a_keyed_hash_finds_equals_and_nothing_across_purposes_centers_or_masters() -> None:
    phone = "+528112345678"
    assert SEALER.keyed_hash("phone", phone) == Sealer(MASTER, "main").keyed_hash("phone", phone)
    hashes = {
        SEALER.keyed_hash("phone", phone),
        SEALER.keyed_hash("household", phone),
        SEALER.keyed_hash("phone", phone + "0"),
        SEALER.keyed_hash("phon", "e" + phone),
        Sealer(MASTER, "north").keyed_hash("phone", phone),
        Sealer(MasterKey(bytes(32)), "main").keyed_hash("phone", phone),
    }
    assert len(hashes) == 6


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_two_places_are_never_written_alike(one: list[str], two: list[str]) -> None:
    assert (joined(*one) == joined(*two)) == (one == two)


def test_no_key_and_no_text_prints() -> None:
    key = SEALER.new_alert_key("a1")
    for secret, shown in ((key.secret, key), (MASTER.secret, MASTER), (MASTER.secret, SEALER)):
        for text in (repr(shown), str(shown), f"{shown}"):
            assert repr(secret) not in text
            assert secret.hex() not in text
    assert repr(SEALER) == "Sealer(center='main')"
    sealed = SEALER.seal(key, "a1", "place", "r1", TEXT)
    with pytest.raises(Unsealable) as problem:
        SEALER.open(key, "a1", "place", "r2", sealed)
    assert problem.value.__cause__ is None
    assert "Mayo" not in str(problem.value)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A key of the center as the store gives it."""

    use: str
    version: int
    id: bytes
    wrapped: bytes | None


def stored(key: CenterKey, *, destroyed: bool = False) -> Stored:
    return Stored(use=key.use, version=key.version, id=key.id, wrapped=None if destroyed else key.wrapped)


def two_versions(master: MasterKey = MASTER, center: str = "main") -> tuple[Sealer, list[CenterKey]]:
    """A sealer that was taught a second version, and the keys it was taught."""
    sealer = Sealer(master, center)
    keys = [*sealer.first_keys(), sealer.new_key(2)]
    sealer.learn(map(stored, keys))
    return sealer, keys


def test_a_new_version_seals_and_the_old_one_still_opens() -> None:
    old = SEALER.new_alert_key("a1")
    own = SEALER.seal_own("station", "R-1", TEXT)
    sealer, _ = two_versions()
    assert sealer.unwrap("a1", old.wrapped).secret == old.secret
    assert sealer.open_own("station", "R-1", own) == TEXT
    fresh = sealer.new_alert_key("a1")
    assert fresh.wrapped[1:5] == sealer.current != old.wrapped[1:5]
    with refused("wrong_key"):
        SEALER.unwrap("a1", fresh.wrapped)


def test_what_is_wrapped_anew_opens_after_the_old_version_is_destroyed_and_the_rest_does_not() -> None:
    left, moved = SEALER.new_alert_key("a1"), SEALER.new_alert_key("a2")
    own = SEALER.seal_own("station", "R-1", TEXT)
    sealer, (first, hashing, signing, second) = two_versions()
    again, own_again = sealer.rewrap("a2", moved.wrapped), sealer.reseal_own("station", "R-1", own)
    sealer.learn([stored(first, destroyed=True), *map(stored, (hashing, signing, second))])
    assert sealer.unwrap("a2", again).secret == moved.secret
    assert sealer.open_own("station", "R-1", own_again) == TEXT
    assert not sealer.knows(left.wrapped)
    with refused("wrong_key"):
        sealer.unwrap("a1", left.wrapped)
    with refused("tampered"):
        sealer.rewrap("a1", again)
    with refused("tampered"):
        sealer.reseal_own("station", "R-2", own_again)


def test_the_head_of_another_version_opens_nothing() -> None:
    sealer, _ = two_versions()
    old, new = SEALER.new_alert_key("a1").wrapped, sealer.new_alert_key("a1").wrapped
    for ours, theirs in ((old, new), (new, old)):
        with refused("tampered"):
            sealer.unwrap("a1", theirs[:5] + ours[5:])


def test_hashes_stay_the_same_whatever_is_rotated_or_wrapped_anew() -> None:
    sealer, keys = two_versions()
    assert sealer.keyed_hash("phone", "+528112345678") == SEALER.keyed_hash("phone", "+528112345678")
    later = Sealer(MasterKey(bytes(32), (MASTER,)), "main")
    later.learn(map(stored, keys))
    assert later.keyed_hash("phone", "+528112345678") == SEALER.keyed_hash("phone", "+528112345678")


def test_another_master_key_takes_over_and_the_old_one_opens_nothing_any_more() -> None:
    sealer, keys = two_versions()
    alert = sealer.new_alert_key("a1")
    new = MasterKey(bytes(32))
    both = Sealer(MasterKey(new.secret, (MASTER,)), "main")
    both.learn(map(stored, keys))
    moved = []
    for key in keys:
        wrapped = both.wrapped_anew(stored(key))
        assert wrapped is not None
        moved.append(replace(key, wrapped=wrapped))
        assert both.wrapped_anew(stored(moved[-1])) is None
    after = Sealer(new, "main")
    after.learn(map(stored, moved))
    assert after.unwrap("a1", alert.wrapped).secret == alert.secret
    with refused("wrong_master_key"):
        Sealer(MASTER, "main").learn(map(stored, moved))


def test_a_center_key_does_not_open_for_another_center_use_version_or_master() -> None:
    sealer, (first, hashing, signing, second) = two_versions()
    before = sealer.current
    for moved in (
        [first, hashing, signing, replace(second, version=3)],
        [replace(first, wrapped=hashing.wrapped), hashing, signing],
        [first, replace(hashing, wrapped=signing.wrapped), signing],
        [first, hashing, replace(signing, wrapped=first.wrapped)],
        [first, hashing, second],
    ):
        with refused("wrong_master_key"):
            sealer.learn(map(stored, moved))
    assert sealer.current == before
    for stranger in (Sealer(MasterKey(bytes(32)), "main"), Sealer(MASTER, "north")):
        with refused("wrong_master_key"):
            stranger.learn(map(stored, (first, hashing, signing, second)))


def test_keys_that_were_derived_before_there_were_versions_open_with_their_master_key_only() -> None:
    derived = [replace(key, wrapped=b"") for key in SEALER.first_keys()]
    alert = SEALER.new_alert_key("a1")
    sealer = Sealer(MASTER, "main")
    sealer.learn(map(stored, derived))
    assert sealer.unwrap("a1", alert.wrapped).secret == alert.secret
    with refused("wrong_master_key"):
        Sealer(MasterKey(bytes(32)), "main").learn(map(stored, derived))


def test_no_key_of_a_center_prints() -> None:
    sealer, keys = two_versions(MasterKey(bytes(32), (MASTER,)))
    assert repr(sealer) == "Sealer(center='main')"
    for shown in (MasterKey(bytes(32), (MASTER,)), *keys):
        assert repr(MASTER.secret) not in repr(shown)
        assert MASTER.secret.hex() not in repr(shown)
