"""What reports say in whole sentences, in each language, Spanish first, side by side."""

from collections.abc import Mapping

NOTES: Mapping[str, tuple[str, str]] = {
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
        "Sin dato: ya pasó y nadie lo marcó, o el registro no tiene esa hora. Sin atender: nadie ha llegado."
        " Canceladas: ya no se necesitó. Datos imposibles: termina antes de empezar. Datos absurdos: dura más de"
        " lo posible. Excluidas: canceladas antes de preguntar a nadie, o unidas a otra.",
        "Missing: it lies behind and nobody said when, or the record has no such time. Unattended: nobody has"
        " come. Cancelled: not needed any more. Impossible data: it ends before it starts. Absurd data: it lasts"
        " longer than possible. Excluded: cancelled before anybody was asked, or merged.",
    ),
    "note.within": (
        "En la meta: de las medidas y de las que ya esperan más que la meta. Llegada comprobada: de las que debían"
        " recibir ayuda, cuántas tienen hora de llegada.",
        "Within target: of the measured and of those that have waited longer already. Verified: of those to whom"
        " help was to come, how many have its time.",
    ),
    "note.coarse": (
        "A salvo se dice en pasos de 15 minutos y de diez casos o más: nadie sabe qué tan lejos está un refugio.",
        "Safety is told in steps of 15 minutes and of ten cases or more: nobody learns how far a shelter is.",
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
    "note.control": (
        "Frente a las zonas de control: al cambio se le resta lo que cambió, en los mismos días, donde no se hizo"
        " nada.",
        "Against the control zones: what changed on the same days where nothing was done is taken off the change.",
    ),
    "note.weeks": (
        "Gráfica de control de valores individuales (XmR): promedio de las P50 semanales ± 2.66 rangos móviles"
        " medios. Señal: una semana fuera de los límites, o la octava seguida de un mismo lado. Lo demás es azar.",
        "Control chart of single values (XmR): mean of the weekly P50 ± 2.66 mean moving ranges. Signal: a week"
        " outside the limits, or the eighth in a row on one side. All else is chance.",
    ),
    "note.zones": (
        "Los dos grupos se miden en los mismos días, y cada sorteo de días es de los dos a la vez. Que las zonas"
        " sean distintas no dice por qué.",
        "Both groups are measured on the same days, and each draw of days is of both at once. That zones differ"
        " does not say why.",
    ),
    "note.zones_mix": (
        "A mezcla igual: el primer grupo con la mezcla de turno y nivel del segundo.",
        "At equal mix: the first group with the second's mix of shift and level.",
    ),
    "note.mix": (
        "A mezcla igual: el antes con la mezcla de zona, turno y nivel del después, para que un cambio de mezcla"
        " no parezca mejora.",
        "At equal mix: the before with the after's mix of zone, shift and level, so that a change of mix does not"
        " look like a gain.",
    ),
}
"""What has to be known to read a table."""

SENTENCES: Mapping[str, tuple[str, str]] = {
    "note.hidden": (
        "* No se dice: menos de {floor} casos, o dejaría ver una cifra así por resta.",
        "* Not told: fewer than {floor} cases, or it would give such a figure away by subtraction.",
    ),
    "note.target": (
        "Meta de {interval}: {share} % en {within} o menos. {source}; vigente desde {effective}.",
        "Target of {interval}: {share} % in {within} or less. {source}; in effect since {effective}.",
    ),
    "note.wrong": ("Datos imposibles en: {alerts}.", "Impossible data in: {alerts}."),
    "said.errors": (
        "{negative} que terminan antes de empezar, {absurd} que duran más de lo posible",
        "{negative} that end before they start, {absurd} that last longer than possible",
    ),
    "said.absurd": ("Más de {bound} es un error en los datos.", "More than {bound} is an error in the data."),
    "said.data-errors": (
        "Intervalos que no pueden ser: {all}; terminan antes de empezar: {negative}; duran más de lo posible:"
        " {absurd}.",
        "Intervals that cannot be: {all}; ending before they start: {negative}; lasting longer than possible:"
        " {absurd}.",
    ),
    "said.instead": ("{point}: se usó {by} en su lugar", "{point}: {by} was used in its place"),
    "said.nothing": ("ninguna", "none"),
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
    "said.weeks": (
        "{interval}: semanas {weeks}; con señal: {signals}.",
        "{interval}: weeks {weeks}; with a signal: {signals}.",
    ),
    "said.weeks_few": (
        "{interval}: con menos de {weeks} semanas no hay límites.",
        "{interval}: with fewer than {weeks} weeks there are no limits.",
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
    "said.zone-groups": (
        "{interval}: la mediana es {before} en el primer grupo y {after} en el segundo ({change}; 95 %: de {low} a"
        " {high}). {real}",
        "{interval}: the median is {before} in the first group and {after} in the second ({change}; 95 %: from"
        " {low} to {high}). {real}",
    ),
    "said.zone-groups_none": (
        "{interval}: no hay bastante medido en uno de los grupos para comparar.",
        "{interval}: not enough was measured in one of the groups to compare.",
    ),
    "measure.plain": ("P{percent}", "P{percent}"),
    "measure.control": ("P{percent} frente a las zonas de control", "P{percent} against the control zones"),
    "measure.mix": ("P{percent} a mezcla igual", "P{percent} at equal mix"),
}
"""With gaps for what was found."""
