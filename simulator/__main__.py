"""`python -m simulator`: the swarm without the service, for machines that have nothing but the core."""

import argparse
import sys

from simulator.swarm import as_text, swarm


def main() -> int:
    """0 where every night kept every promise."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many nights, from seed 0 on")
    parser.add_argument("--seed", type=int, help="this night only")
    parser.add_argument("--hours", type=float, default=24.0, help="how long each night is")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    told = parser.parse_args()
    seeds = range(told.seeds) if told.seed is None else [told.seed]
    found = swarm(seeds, told.hours, told.workers, lambda failure: _say(str(failure)))
    _say(as_text(found))
    return 1 if found.failures else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
