"""The one source of chance in the simulator: a stream for each concern, so that a new one shifts no other draw."""

import random


def stream(seed: int, name: str) -> random.Random:
    """The stream of `name` under `seed`: the same two always give the same draws."""
    return random.Random(f"{seed}:{name}")
