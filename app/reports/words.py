"""Every word of a report in each language, side by side, so that none is forgotten in one of them."""

from collections.abc import Mapping

LANGUAGES = ("es", "en")
"""Spanish first."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "title.response-times": ("Tiempos de respuesta", "Response times"),
    "title.targets": ("Metas", "Targets"),
    "title.worst": ("Los diez casos más lentos", "The ten slowest cases"),
    "title.day": ("El día", "The day"),
    "title.order-clock": ("Reloj de la orden de protección", "Protection order clock"),
    "title.stuck": ("Necesidades sin nadie, ahora", "Needs without anybody, now"),
    "title.silence": ("Dónde hubo silencio", "Where there was silence"),
    "title.compare": ("Antes y después", "Before and after"),
    "interval.processing": ("Despacho", "Processing"),
    "interval.acceptance": ("Aceptación", "Acceptance"),
    "interval.turnout": ("Salida", "Turnout"),
    "interval.travel": ("Traslado", "Travel"),
    "interval.response": ("Respuesta", "Response"),
    "interval.safety": ("A salvo", "Safety"),
    "interval.order": ("Orden", "Order"),
    "interval.answering": ("Contestar", "Answering"),
    "interval.call_taking": ("Toma de la llamada", "Call taking"),
    "key.interval": ("intervalo", "interval"),
    "key.definition": ("definición", "definition"),
    "key.institution": ("institución", "institution"),
    "key.zone": ("zona", "zone"),
    "key.level": ("nivel", "level"),
    "key.unit": ("unidad", "unit"),
    "key.shift": ("turno", "shift"),
    "key.hour": ("hora", "hour"),
    "key.weekday": ("día de la semana", "weekday"),
    "key.day": ("día", "day"),
    "key.week": ("semana", "week"),
    "institution.police": ("policía", "police"),
    "institution.prosecutor": ("fiscalía", "prosecutor"),
    "institution.shelter": ("refugio", "shelter"),
    "institution.all": ("todas", "all"),
    "level.standard": ("estándar", "standard"),
    "level.high": ("alto", "high"),
    "level.extreme": ("extremo", "extreme"),
    "unit.all": ("todas", "all"),
    "unit.none": ("nadie", "nobody"),
    "weekday.1": ("lunes", "Monday"),
    "weekday.2": ("martes", "Tuesday"),
    "weekday.3": ("miércoles", "Wednesday"),
    "weekday.4": ("jueves", "Thursday"),
    "weekday.5": ("viernes", "Friday"),
    "weekday.6": ("sábado", "Saturday"),
    "weekday.7": ("domingo", "Sunday"),
    "column.n": ("n", "n"),
    "column.missing": ("sin dato", "missing"),
    "column.unattended": ("sin atender", "unattended"),
    "column.cancelled": ("canceladas", "cancelled"),
    "column.negative": ("datos imposibles", "impossible data"),
    "column.excluded": ("excluidas", "excluded"),
    "column.p50_s": ("P50", "P50"),
    "column.p75_s": ("P75", "P75"),
    "column.p90_s": ("P90", "P90"),
    "column.p95_s": ("P95", "P95"),
    "column.censored_p50_s": ("P50 con las que esperan", "P50 with those waiting"),
    "column.censored_p90_s": ("P90 con las que esperan", "P90 with those waiting"),
    "column.within": ("en la meta", "within target"),
    "column.verified": ("llegada comprobada", "verified"),
    "column.waited_longest_s": ("espera más larga", "longest wait"),
    "column.mean_s": ("media", "mean"),
    "column.target_s": ("meta", "target"),
    "column.wanted": ("se pide", "wanted"),
    "column.decided": ("casos decididos", "decided cases"),
    "column.source": ("fuente", "source"),
    "column.effective": ("vigente desde", "in effect since"),
    "column.place": ("lugar", "rank"),
    "column.folio": ("folio", "folio"),
    "column.alert": ("alerta", "alert"),
    "column.received": ("llamada (T0)", "call (T0)"),
    "column.outcome": ("qué pasó", "outcome"),
    "column.seconds": ("duración", "length"),
    "column.state": ("estado", "state"),
    "column.help": ("ayuda", "help"),
    "column.response_s": ("respuesta", "response"),
    "column.waited_s": ("espera", "waiting"),
    "column.due": ("vence", "due"),
    "column.left_s": ("falta", "left"),
    "column.order_s": ("dictada en", "issued in"),
    "column.since": ("desde", "since"),
    "column.times": ("veces sin nadie", "times without anybody"),
    "column.needs": ("necesidades", "needs"),
    "column.stuck_needs": ("alguna vez sin nadie", "ever without anybody"),
    "column.stuck_s": ("tiempo sin nadie", "time without anybody"),
    "column.stuck_longest_s": ("la más larga", "the longest"),
    "column.offers": ("preguntas", "offers"),
    "column.unseen": ("no vistas", "unseen"),
    "column.unanswered": ("no respondidas", "unanswered"),
    "column.declined": ("negadas", "declined"),
    "column.withdrawn": ("dejadas", "given back"),
    "column.never": ("nadie aceptó nunca", "never accepted"),
    "column.measure": ("medida", "measure"),
    "column.before": ("antes", "before"),
    "column.after": ("después", "after"),
    "column.change": ("cambio", "change"),
    "column.low": ("95 % desde", "95 % from"),
    "column.high": ("95 % hasta", "95 % to"),
    "column.smallest": ("cambio mínimo visible", "smallest visible change"),
    "column.real": ("¿más que azar?", "more than chance?"),
    "outcome.measured": ("medido", "measured"),
    "outcome.unattended": ("sin atender", "unattended"),
    "state.open": ("abierta", "open"),
    "state.closed": ("cerrada", "closed"),
    "state.cancelled": ("cancelada", "cancelled"),
    "state.merged": ("unida a otra", "merged"),
    "help.nobody": ("nadie ha aceptado", "nobody has accepted"),
    "help.accepted": ("aceptada", "accepted"),
    "help.en_route": ("en camino", "on the way"),
    "help.on_scene": ("en sitio", "on scene"),
    "help.over": ("terminada", "over"),
    "order.issued": ("dictada", "issued"),
    "order.refused": ("negada", "refused"),
    "order.not_wanted": ("no la quiso", "not wanted"),
    "order.elsewhere": ("en otro lugar", "elsewhere"),
    "order.running": ("corre", "running"),
    "order.late": ("vencida", "late"),
    "order.unknown": ("cerrada sin decirlo", "closed without a word"),
    "fact.version": ("Versión de las definiciones", "Version of the definitions"),
    "fact.from": ("Llamadas desde", "Calls from"),
    "fact.to": ("hasta antes de", "to before"),
    "fact.made_at": ("Visto el", "Seen at"),
    "fact.before": ("Antes", "Before"),
    "fact.after": ("Después", "After"),
    "fact.interval": ("Intervalo", "Interval"),
    "yes": ("sí", "yes"),
    "no": ("no se distingue", "not distinguishable"),
    "note.percentiles": (
        "Percentiles: interpolación lineal entre rangos (PERCENTILE_CONT), de los n medidos. Nunca se promedian"
        " percentiles.",
        "Percentiles: linear interpolation between ranks (PERCENTILE_CONT), of the n measured. Percentiles are"
        " never averaged.",
    ),
    "note.censored": (
        "“Con las que esperan”: estimación de Kaplan-Meier; una llamada sin atender cuenta por lo que lleva"
        " esperando. Un guion: tantas no llegaron a atenderse.",
        "“With those waiting”: Kaplan-Meier estimate; an unattended call counts for as long as it has waited. A"
        " dash: so many were never reached.",
    ),
    "note.counts": (
        "Sin dato: ya pasó y nadie lo marcó. Sin atender: nadie ha llegado. Canceladas: ya no se necesitó."
        " Datos imposibles: termina antes de empezar. Excluidas: canceladas antes de preguntar a nadie, o unidas a"
        " otra.",
        "Missing: it lies behind and nobody said when. Unattended: nobody has come. Cancelled: not needed any"
        " more. Impossible data: it ends before it starts. Excluded: cancelled before anybody was asked, or"
        " merged.",
    ),
    "note.within": (
        "En la meta: de las medidas y de las que ya esperan más que la meta. Llegada comprobada: de las que debían"
        " recibir ayuda, cuántas tienen hora de llegada.",
        "Within target: of the measured and of those that have waited longer already. Verified: of those to whom"
        " help was to come, how many have its time.",
    ),
    "note.coarse": (
        "A salvo se dice en pasos de 5 minutos, para que nadie sepa qué tan lejos está un refugio.",
        "Safety is told in steps of 5 minutes, so that nobody learns how far a shelter is.",
    ),
    "note.cases": (
        "Contiene casos uno por uno: folios y horas, sin nombres ni lugares. No lo comparta fuera del centro.",
        "Holds single cases: folios and times, no names and no places. Do not pass it on outside the center.",
    ),
    "note.outward": (
        "Horas después de T10 no se muestran: lo que tarda el camino a un refugio dice qué tan lejos está.",
        "Times after T10 are not shown: how long the way to a shelter takes says how far it is.",
    ),
    "note.bootstrap": (
        "El intervalo de 95 % sale de volver a sortear los días (2,000 veces): los días son independientes, las"
        " llamadas de un mismo día no.",
        "The 95 % interval comes from drawing the days again (2,000 times): days are independent, calls of one day"
        " are not.",
    ),
    "note.mix": (
        "A mezcla igual: el antes con la mezcla de zona, turno y nivel del después, para que un cambio de mezcla"
        " no parezca mejora.",
        "At equal mix: the before with the after's mix of zone, shift and level, so that a change of mix does not"
        " look like a gain.",
    ),
}

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "note.hidden": (
        "* No se dice: menos de {floor} casos, o dejaría ver una cifra así por resta.",
        "* Not told: fewer than {floor} cases, or it would give such a figure away by subtraction.",
    ),
    "note.target": (
        "Meta de {interval}: {share} % en {within} o menos. {source}; vigente desde {effective}.",
        "Target of {interval}: {share} % in {within} or less. {source}; in effect since {effective}.",
    ),
    "note.wrong": ("Datos imposibles en: {alerts}.", "Impossible data in: {alerts}."),
    "note.zone": ("Horas locales: {zone}.", "Local times: {zone}."),
    "said.row": (
        "{name}: la mitad en {p50} o menos, nueve de diez en {p90} o menos (n = {n}, sin dato {missing}, sin"
        " atender {unattended}).",
        "{name}: half in {p50} or less, nine in ten in {p90} or less (n = {n}, missing {missing}, unattended"
        " {unattended}).",
    ),
    "said.row_none": (
        "{name}: nada medido (sin dato {missing}, sin atender {unattended}).",
        "{name}: nothing measured (missing {missing}, unattended {unattended}).",
    ),
    "said.row_few": (
        "{name}: la mitad en {p50} o menos, nueve de diez en {p90} o menos. De cuántos casos, no se dice.",
        "{name}: half in {p50} or less, nine in ten in {p90} or less. Of how many cases is not told.",
    ),
    "said.row_hidden": (
        "{name}: demasiado pocos casos para decirlo.",
        "{name}: too few cases to be told.",
    ),
    "said.empty": ("No hay nada en este periodo.", "There is nothing in this period."),
    "said.too_few": (
        "Demasiado pocos casos para agruparlos así.",
        "Too few cases to be grouped like this.",
    ),
    "said.targets": (
        "Metas que se cumplen en este periodo: {met} de {all}.",
        "Targets met in this period: {met} of {all}.",
    ),
    "said.worst": (
        "{interval}: el caso más lento es {folio}, con {length}.",
        "{interval}: the slowest case is {folio}, with {length}.",
    ),
    "said.day": (
        "Alertas: {calls}; abiertas: {open}; sin que nadie acepte: {waiting}.",
        "Alerts: {calls}; open: {open}; nobody has accepted: {waiting}.",
    ),
    "said.order-clock": (
        "Órdenes que corren: {running}; vencidas: {late}; dictadas: {issued}.",
        "Orders that run: {running}; late: {late}; issued: {issued}.",
    ),
    "said.stuck": (
        "Necesidades sin nadie: {needs}. La que más espera: {folio}, {waited}.",
        "Needs without anybody: {needs}. The one that waits longest: {folio}, {waited}.",
    ),
    "said.stuck_none": ("Ninguna necesidad está sin nadie ahora.", "No need is without anybody now."),
    "said.silence": (
        "Necesidades que alguna vez no tuvieron a nadie: {stuck} de {needs}. Preguntas sin respuesta: {unheard} de"
        " {offers}.",
        "Needs that had nobody at some time: {stuck} of {needs}. Offers without an answer: {unheard} of {offers}.",
    ),
    "said.compare": (
        "{interval}: la mediana pasó de {before} a {after} ({change}; 95 %: de {low} a {high}). {real}",
        "{interval}: the median went from {before} to {after} ({change}; 95 %: from {low} to {high}). {real}",
    ),
    "said.compare_real": ("El cambio es mayor que el azar.", "The change is more than chance."),
    "said.compare_chance": (
        "El cambio no se distingue del azar; con estos datos se habría visto uno de {smallest} o más.",
        "The change cannot be told from chance; with these data one of {smallest} or more would have been seen.",
    ),
    "said.compare_none": (
        "{interval}: no hay bastante medido antes o después para comparar.",
        "{interval}: not enough was measured before or after to compare.",
    ),
    "measure.plain": ("P{percent}", "P{percent}"),
    "measure.mix": ("P{percent} a mezcla igual", "P{percent} at equal mix"),
}


def say(key: str, language: str, **values: object) -> str:
    """The words in that language. Raises KeyError for words or a language there are none of."""
    at = LANGUAGES.index(language) if language in LANGUAGES else None
    if at is None:
        raise KeyError(language)
    return _SENTENCES[key][at].format(**values) if key in _SENTENCES else _WORDS[key][at]


def value_of(key: str, value: str, language: str) -> str:
    """A group's value: in words where it has some, else as it is."""
    word = _WORDS.get(f"{key}.{value}")
    return value if word is None else word[LANGUAGES.index(language)]
