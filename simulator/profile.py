"""When calls of family violence come: shares by weekday and local hour.

From 34,227 case files of family violence, Mexico City 2024 (Fiscalía CDMX open data, through github
jjsantos01/delitos-colonias), counted by weekday and hour. These are events as declared, not calls: a long day's
violence is written down at a round hour. 5.4 % lie at exactly 12:00; the hour of noon is therefore taken as the
mean of its two neighbours, and what that leaves over is shared out over the whole week.
"""

WEEK = (
    (46, 30, 25, 25, 14, 11, 20, 45, 60, 63, 118, 83, 83, 82, 87, 78, 80, 78, 83, 93, 102, 82, 64, 48),
    (32, 25, 20, 13, 9, 9, 15, 36, 50, 65, 97, 78, 76, 73, 78, 70, 76, 72, 70, 87, 97, 76, 71, 52),
    (30, 22, 16, 14, 8, 11, 20, 36, 49, 67, 94, 72, 73, 73, 73, 78, 71, 71, 76, 78, 83, 70, 62, 55),
    (33, 18, 18, 16, 8, 10, 19, 37, 52, 59, 95, 82, 73, 63, 79, 73, 68, 72, 91, 72, 87, 90, 74, 54),
    (30, 28, 22, 14, 12, 12, 22, 30, 44, 54, 89, 74, 72, 69, 68, 65, 68, 68, 71, 74, 90, 80, 83, 66),
    (45, 49, 36, 26, 21, 16, 18, 23, 37, 60, 87, 90, 76, 62, 77, 81, 77, 72, 74, 70, 109, 95, 86, 85),
    (50, 56, 50, 41, 32, 20, 23, 28, 44, 59, 97, 80, 76, 71, 84, 89, 93, 100, 101, 106, 129, 114, 108, 81),
)
"""Monday to Sunday, hours 0 to 23: parts of ten thousand of a week's calls."""

HOURS = len(WEEK) * 24

TOTAL = sum(map(sum, WEEK))


def relative(weekday: int, hour: int) -> float:
    """How many times the mean of the week an hour (0 to 23) of a weekday (0 Monday) has."""
    return WEEK[weekday][hour] / TOTAL * HOURS


BUSIEST = max(relative(day, hour) for day in range(len(WEEK)) for hour in range(24))
"""The same of the busiest hour."""
