"""Passwords are kept as argon2id hashes, and nobody learns from the clock whether a login exists."""

import unicodedata

import pytest
from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError
from argon2.low_level import Type

from app.security import passwords
from app.security.passwords import LENGTH_MAX, WeakPassword, check, check_nobody, hash_password


def test_only_the_right_password_passes_and_the_hash_tells_nothing() -> None:
    hashed = hash_password("caballo batería grapa")
    assert check(hashed, "caballo batería grapa")
    assert not check(hashed, "caballo bateria grapa")
    assert "caballo" not in hashed
    numbers = extract_parameters(hashed)
    assert (numbers.type, numbers.memory_cost, numbers.time_cost, numbers.parallelism) == (Type.ID, 65_536, 3, 1)
    unknown = extract_parameters(passwords._NOBODY)
    assert unknown == numbers, "an unknown login costs exactly the same work"


def test_nobody_can_sign_in_as_nobody() -> None:
    assert not check_nobody("caballo batería grapa")


def test_one_password_typed_on_two_keyboards_is_one_password() -> None:
    composed, decomposed = (unicodedata.normalize(form, "mañana será otro") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert check(hash_password(decomposed), composed)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x" * 11, "password_too_short"),
        ("x" * (LENGTH_MAX + 1), "password_too_long"),
        ("n\u0303" * 11, "password_too_short"),
    ],
)
def test_too_short_and_too_long_are_refused_in_words(password: str, code: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        hash_password(password)
    assert refused.value.code == code
    assert refused.value.sentence.endswith("characters.")


def test_text_that_is_not_text_is_only_a_wrong_password() -> None:
    assert not check_nobody("\ud800 half a character")


def test_a_broken_hash_is_an_error_and_not_a_wrong_password() -> None:
    with pytest.raises(InvalidHashError):
        check("not a hash", "caballo batería grapa")
