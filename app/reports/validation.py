"""How near a simulation of what was comes to what the log measured: told with every what-if, flattering or not."""

from .findings import Figures
from .seeds import Estimate, Measure, Sample, figure
from .table import HIDDEN, Cell, Column, Kind, Table, text_of, whole
from .words import say


def validation_table(measured: Sample, simulated: Figures, language: str, floor: int) -> Table:
    """One line for each measure: the log's, the simulation's with its interval, and how much longer that is.

    Nothing is told of fewer than `floor` measured.
    """
    small = 0 < len(measured.lengths_s) < floor
    lines = [
        (measure, None if small else figure([measured], measure), simulated.measures[measure])
        for measure in Measure
    ]
    return Table(
        name="validation",
        language=language,
        title=say("title.validation", language),
        sentence=_sentence(*lines[0][1:], language) if not small else say("said.validation_none", language),
        columns=(
            Column(key="measure", label=say("column.measure", language), kind=Kind.TEXT),
            Column(key="log_s", label=say("policy.measured", language), kind=Kind.SECONDS),
            Column(key="simulated_s", label=say("policy.as_it_was", language), kind=Kind.SECONDS),
            Column(key="simulated_s_low", label=say("column.low", language), kind=Kind.SECONDS),
            Column(key="simulated_s_high", label=say("column.high", language), kind=Kind.SECONDS),
            Column(key="off_s", label=say("column.off_s", language), kind=Kind.CHANGE),
        ),
        rows=tuple(
            (say(f"column.{measure}", language), *_cells(log_s, found, small=small))
            for measure, log_s, found in lines
        ),
    )


def _cells(log_s: float | None, found: Estimate | None, *, small: bool) -> tuple[Cell, ...]:
    told: Cell = HIDDEN if small else whole(log_s)
    if found is None:
        return (told, None, None, None, None)
    off = None if log_s is None else whole(found.value - log_s)
    return (told, whole(found.value), whole(found.low), whole(found.high), HIDDEN if small else off)


def _sentence(log_s: float | None, found: Estimate | None, language: str) -> str:
    if log_s is None or found is None:
        return say("said.validation_none", language)
    off = found.value - log_s
    inside = found.low is not None and found.high is not None and found.low <= log_s <= found.high
    return say(
        "said.validation",
        language,
        log=text_of(whole(log_s), Kind.SECONDS),
        simulated=text_of(whole(found.value), Kind.SECONDS),
        off=text_of(whole(off), Kind.CHANGE),
        share=round(100 * abs(off) / log_s) if log_s else 0,
        inside=say("said.inside" if inside else "said.outside", language),
    )
