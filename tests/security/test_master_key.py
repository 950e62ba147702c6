"""The master key is made once, for its owner alone, and a broken key file is said in words."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.security.master_key import KeyFileBroken, MasterKey


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "naranja" / "master.key"
    made = MasterKey.read_or_make(path)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert base64.b64decode(path.read_bytes()) == made.secret
    assert [file.name for file in path.parent.iterdir()] == ["master.key"], "no draft is left behind"


def test_later_starts_read_the_same_key_and_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    made = MasterKey.read_or_make(path)
    written = path.read_bytes()
    assert MasterKey.read_or_make(path).secret == made.secret == MasterKey.read(path).secret
    assert path.read_bytes() == written


def test_services_that_start_at_once_end_with_one_key(tmp_path: Path) -> None:
    path = tmp_path / "new" / "master.key"
    with ThreadPoolExecutor(max_workers=16) as pool:
        keys = list(pool.map(lambda _: MasterKey.read_or_make(path).secret, range(64)))
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"not base64 !!", base64.b64encode(b"\x01" * 31), base64.b64encode(b"\x01" * 33)],
    ids=["empty", "not base64", "short", "long"],
)
def test_a_malformed_key_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    with pytest.raises(KeyFileBroken, match="is not 32 bytes in base64") as problem:
        MasterKey.read_or_make(path)
    assert path.read_bytes() == content
    assert problem.value.__cause__ is None, "what stood in the file is not passed on"


def test_a_key_file_that_cannot_be_read_or_made_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(KeyFileBroken, match="cannot be read: Is a directory"):
        MasterKey.read_or_make(tmp_path)
    with pytest.raises(KeyFileBroken, match="cannot be read: No such file"):
        MasterKey.read(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileBroken, match="cannot be made"):
        MasterKey.read_or_make(tmp_path / "file" / "master.key")


def test_a_key_of_another_length_is_no_key() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey(b"short")
