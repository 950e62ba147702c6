"""The page of figures says what the runs have printed, the newest of each kind, and what is broken aloud."""

from pathlib import Path

import msgspec

from app.cli.reliability_page import page, read_results

RESULT = {
    **{
        "at": "2026-01-02T00:00:00.000Z",
        "seed": 1,
        "cores": 2,
        "load": 0.1,
        "platform": "x",
        "python": "3",
        "postgresql": "18",
    },
    **{"naranja": "0.1.0", "run": "kills", "kills": 1000, "lost": 0, "sound": False, "saved": {"p99_s": 1.5}},
}


def test_the_newest_run_of_each_kind_is_told(tmp_path: Path) -> None:
    older = {**RESULT, "at": "2026-01-01T00:00:00.000Z", "kills": 7}
    for name, result in (("b", older), ("a", RESULT)):
        (tmp_path / f"chaos-{name}.json").write_bytes(msgspec.json.encode(result) + b"\n")
    text = page(read_results(tmp_path))
    assert "| kills | 1,000 |" in text
    assert "| sound | NO |" in text
    assert "p99_s 1.5" in text
    assert "| kills | 7 |" not in text
