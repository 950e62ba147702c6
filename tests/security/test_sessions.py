"""A session is an opaque token whose digest alone is kept, and it ends by itself."""

import hashlib
from typing import Any

import pytest

from app.security.sessions import Role, Viewer, alive, digest, fresh, new_token


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert min(map(len, tokens)) >= 43, "32 bytes in base64 without padding"


def test_a_digest_is_sha256_and_takes_whatever_a_stranger_sends() -> None:
    assert digest("abc") == hashlib.sha256(b"abc").digest()
    assert len({digest(token) for token in ("", "ñ", "\ud800", "a" * 10_000)}) == 4


@pytest.mark.parametrize(
    ("opened_at", "seen_at", "stands"),
    [
        (1000.0, 1000.0, True),
        (0.0, 700.0, True),
        (0.0, 599.0, False),
        (0.0, 600.0, False),
        (-1000.0, 999.0, False),
        (1001.0, 1001.0, True),
    ],
    ids=["fresh", "in use", "idle", "idle to the second", "too old though in use", "opened by a faster clock"],
)
def test_a_session_stands_while_it_is_used_and_young(opened_at: float, seen_at: float, stands: bool) -> None:
    assert alive(opened_at, seen_at, now=1000.0, idle_s=400.0, absolute_s=2000.0) is stands


def test_who_answers_for_a_unit_has_one_and_nobody_else_has() -> None:
    said: dict[str, Any] = {"person": "p1", "login": "1", "center": "main", "session": "s1", "proved_at": 0.0}
    assert Viewer(**said, role=Role.UNIT, unit="P-1").unit == "P-1"
    assert Viewer(**said, role=Role.SHELTER, unit="S-1").unit == "S-1"
    with pytest.raises(ValueError, match="has a unit"):
        Viewer(**said, role=Role.UNIT, unit=None)
    with pytest.raises(ValueError, match="has a unit"):
        Viewer(**said, role=Role.OPERATOR, unit="P-1")


@pytest.mark.parametrize(
    ("proved_at", "counts"),
    [(1000.0, True), (701.0, True), (700.0, False), (0.0, False), (1001.0, True)],
    ids=["now", "lately", "too long ago", "never", "by a faster clock"],
)
def test_a_proof_is_fresh_for_a_while(proved_at: float, counts: bool) -> None:
    assert fresh(_operator(proved_at), 1000.0, 300.0) is counts


def test_nothing_is_proved_near_the_beginning_of_time() -> None:
    assert not fresh(_operator(0.0), 10.0, 300.0)


def test_who_proves_again_is_the_same_viewer() -> None:
    assert _operator(100.0) == _operator(200.0)


def _operator(proved_at: float) -> Viewer:
    return Viewer(
        person="p1", login="1", role=Role.OPERATOR, unit=None, center="main", session="s1", proved_at=proved_at
    )
