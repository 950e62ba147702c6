"""How many small lies told in the core its tests notice: a table by file, from what `mutmut results` lists.

`make mutants` runs it. A lie that makes the tests hang is noticed by that. One that no test touches is not.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

NOTICED = frozenset({"killed", "timeout"})
SHARE_MIN = 0.9
"""Below this share the run fails."""


def counted(lines: Iterable[str]) -> dict[str, Counter[str]]:
    """File -> how many mutants of it ended how. A line is `app.dispatch.risk.x_assess__mutmut_1: killed`."""
    files: dict[str, Counter[str]] = {}
    for line in lines:
        mutant, _, ending = line.strip().partition(": ")
        if ending:
            files.setdefault(mutant.split(".")[2], Counter())[ending] += 1
    return files


def share(endings: Counter[str]) -> float:
    """The part of these mutants that was noticed."""
    return sum(endings[ending] for ending in NOTICED) / endings.total()


def table(files: dict[str, Counter[str]]) -> Iterator[str]:
    """One row a file, and all of them together."""
    yield f"{'':16}{'killed':>8}{'hung':>8}{'survived':>10}{'total':>8}{'share':>9}"
    everything = sum(files.values(), Counter[str]())
    for name, endings in [*sorted(files.items()), ("all", everything)]:
        survived = endings.total() - sum(endings[ending] for ending in NOTICED)
        yield (
            f"{name:16}{endings['killed']:8}{endings['timeout']:8}"
            f"{survived:10}{endings.total():8}{share(endings):9.1%}"
        )


if __name__ == "__main__":
    found = counted(sys.stdin)
    sys.stdout.write("\n".join(table(found)) + "\n")
    sys.exit(share(sum(found.values(), Counter[str]())) < SHARE_MIN)
