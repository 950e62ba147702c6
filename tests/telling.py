"""What was told, for tests that look for something in it that must not be there."""

import re

_TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+|\d\d:\d\d:\d\d[.,]\d+")


def without_times(text: str) -> str:
    """The text without instants: their seconds look like degrees now and then."""
    return _TIMES.sub("", text)
