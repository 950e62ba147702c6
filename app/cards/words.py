"""Why this unit, and why nobody: the reasons the core keeps, as sentences people read."""

from collections.abc import Mapping, Sequence

from app.dispatch.model import Institution, Why, WhyNot

_ONE: Mapping[Institution, str] = {
    Institution.POLICE: "patrol",
    Institution.PROSECUTOR: "prosecutor",
    Institution.SHELTER: "shelter",
}
_CHOSEN: Mapping[str, str] = {
    "together": "{} that serves all who wait best",
    "nearer_unit": "nearest {}",
    "higher_level": "nearest {}",
}
_TOOK_OVER: Mapping[str, tuple[str, str]] = {
    "nearer_unit": ("takes over", "the one before"),
    "higher_level": ("taken from an alert of a lower level", "any free one"),
}
_ZONES: Mapping[int, str] = {1: "from a neighbouring zone", 2: "from farther off"}


def why_text(institution: Institution, why: Why) -> str:
    """The reason of a choice as a sentence: "nearest free patrol by road, 4 min 10 s; three nearer are busy"."""
    if why.rule == "by_hand":
        return "assigned by hand"
    how = {"road": " by road", "estimate": " by estimate"}.get(why.how, "")
    text = _CHOSEN.get(why.rule, "nearest free {}").format(_ONE[institution]) + how
    if why.travel_s is not None:
        text += f", {minutes(why.travel_s)}"
    if why.from_station and institution is not Institution.SHELTER:
        text += ", counted from its station"
    passed = [
        f"{_count(number)} nearer {reason}"
        for number, reason in (
            (why.nearer_busy, "busy"),
            (why.nearer_asked, "asked already"),
            (why.nearer_away, "out of reach"),
        )
        if number
    ]
    return "; ".join([text, *_took_over(why), *passed, *_against(why)])


def _took_over(why: Why) -> list[str]:
    if why.rule not in _TOOK_OVER:
        return []
    takes, than = _TOOK_OVER[why.rule]
    return [takes if why.gain_s is None else f"{takes}, nearer by {minutes(why.gain_s)} than {than}"]


def _against(why: Why) -> list[str]:
    """What speaks against it and was weighed."""
    found = [_ZONES[why.zone_step]] if why.zone_step in _ZONES else []
    found += [f"lacks {word.replace('_', ' ')}" for word in why.lacks]
    found += ["has only just become free"] if why.resting else []
    found += ["its shift is nearly over"] if why.shift_ends else []
    return found


def why_not_text(institution: Institution, why_not: WhyNot) -> str:
    """The reasons nobody may be asked as a sentence."""
    if why_not.on_duty == 0:
        return f"no {_ONE[institution]} is on duty"
    reasons: Sequence[tuple[int, str]] = (
        (why_not.busy, "busy"),
        (why_not.asked, "asked already"),
        (why_not.away, "out of reach"),
        (why_not.lacking, "not fit for this need"),
        (why_not.kept_out, "kept out"),
        (why_not.too_close, "too close to a place of the aggressor"),
    )
    said = ", ".join(f"{_count(number)} {reason}" for number, reason in reasons if number)
    return f"of {why_not.on_duty} on duty: {said}"


def minutes(seconds: float) -> str:
    """Seconds as people say them: `4 min 10 s`."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _count(number: int) -> str:
    return _SMALL[number] if number < len(_SMALL) else str(number)
