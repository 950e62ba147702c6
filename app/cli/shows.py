"""placeholder"""


def demo() -> None:
    """x"""


def replay() -> None:
    """x"""
