"""How long one waits after failed attempts to sign in. Pure; what is counted, and where, is the gate's."""

FREE_ACCOUNT = 5
"""Failures of one account that cost nothing: people mistype."""
FREE_ADDRESS = 100
"""The same of one address: a whole center may stand behind one, and all its shifts begin at the same hour."""
FIRST_S = 1.0
"""The wait after the first failure that costs something; each further one doubles it."""
LONGEST_S = 300.0
"""The longest wait. Nobody is locked out for ever, and 12 guesses an hour find no password of 12 characters."""
FORGOTTEN_S = 3600.0
"""Without a failure for this long, those of before do not count any more."""
FAMILIAR_S = 30 * 24 * 3600.0
"""For this long after a success an account's address is familiar: from there it is counted apart, so that
whoever fails elsewhere on purpose keeps nobody out who signs in where they always do."""


def counted(failures: int, failed_at: float, now: float) -> int:
    """How many of the failures still count; times are seconds since 1970 UTC."""
    return failures if now - failed_at < FORGOTTEN_S else 0


def wait_s(failures: int, free: int) -> float:
    """Seconds from the last of so many failures until the next attempt is looked at."""
    beyond = failures - free
    if beyond <= 0:
        return 0.0
    # No power of two above the longest wait needs to be worked out.
    return min(LONGEST_S, FIRST_S * 2.0 ** min(beyond - 1, 16))
