"""What the page of a trial says, in each language, Spanish first, side by side."""

from collections.abc import Mapping

TRIAL_LABELS: Mapping[str, tuple[str, str]] = {
    "title.policies": ("Resultados", "Results"),
    "title.assumptions": ("Supuestos, cada uno con su fuente", "Assumptions, each with its source"),
    "title.tornado": ("Sensibilidad de cada supuesto (± 20 %)", "Sensitivity to each assumption (± 20 %)"),
    "title.validation": (
        "La simulación frente a lo que midió la bitácora",
        "The simulation against what the log measured",
    ),
    "policy.relay": ("relevo por teléfono", "telephone relay"),
    "policy.line": ("la más cercana en línea recta", "nearest by straight line"),
    "policy.road": ("la más cercana por calle", "nearest by road"),
    "policy.ours": ("Naranja", "Naranja"),
    "policy.bound": ("quien lo supiera todo", "whoever knew everything"),
    "policy.as_it_was": ("lo que hubo", "things as they were"),
    "policy.if": ("el cambio", "the change"),
    "policy.measured": ("lo que midió la bitácora", "as the log measured it"),
    "column.policy": ("forma de despachar", "way to dispatch"),
    "column.attended": ("atendidas", "attended"),
    "column.left_out": ("fuera de las cifras", "in no figure"),
    "column.of_mean": ("su media como parte de la otra", "its mean as a share of the other's"),
    "column.assumption": ("supuesto", "assumption"),
    "column.off_s": ("la simulación, de más", "the simulation, more by"),
    "column.value": ("valor", "value"),
    "column.source": ("fuente", "source"),
    "column.why": ("por qué", "why"),
    "column.factor": ("cambio del supuesto", "change of the assumption"),
    "column.difference_s": ("diferencia", "difference"),
    "source.assumed": ("supuesto nuestro", "our assumption"),
    "axis.minutes": ("minutos desde la llamada", "minutes since the call"),
    "axis.tornado": ("cuánto se mueve la diferencia de las medias", "how far the difference of the means moves"),
    "drawing.distributions": (
        "De todas las llamadas, a cuántas ya había llegado la policía",
        "Of all calls, how many police had reached by then",
    ),
    "drawing.tornado": ("De qué depende más la respuesta", "What the answer depends on most"),
    "tornado.less": ("el supuesto 20 % menor", "the assumption 20 % less"),
    "tornado.more": ("el supuesto 20 % mayor", "the assumption 20 % more"),
    "fact.region": ("Región", "Region"),
    "fact.roads": ("Calles", "Roads"),
    "fact.seeds": ("Simulaciones", "Simulations"),
    "fact.alerts": ("Llamadas reales", "Real calls"),
    "fact.change": ("Cambio", "Change"),
    "fact.period": ("Llamadas de", "Calls of"),
    "fact.days": ("Días en cada una", "Days in each"),
    "left_out.no_time": ("sin hora legible", "without a readable time"),
    "left_out.no_place": ("sin lugar", "without a place"),
    "left_out.outside": ("fuera de la región", "outside the region"),
    "fact.patrols": ("Patrullas", "Patrols"),
    "question.what": ("¿Qué se midió?", "What was measured?"),
    "question.how_many": ("¿En cuántas llamadas?", "On how many calls?"),
    "question.left_out": ("¿Quién quedó fuera?", "Who was left out?"),
    "question.real": ("¿Es real el cambio?", "Is the change real?"),
    "unit.s": ("s", "s"),
    "unit.share": ("%", "%"),
    "assumption.answer_s": ("contestar la llamada", "answering the call"),
    "assumption.place_s": ("saber el lugar", "learning the place"),
    "assumption.form_s": ("llenar el formulario", "filling in the form"),
    "assumption.other_calls": ("otras llamadas por cada una", "other calls for each one"),
    "assumption.other_call_s": ("duración de otra llamada", "time of another call"),
    "assumption.answered_within_s": ("contestar 9 de 10 dentro de", "answering 9 in 10 within"),
    "assumption.handover_s": ("pasar el caso por teléfono", "handing over by telephone"),
    "assumption.institutions": ("instituciones que se llaman", "institutions telephoned"),
    "assumption.dispatcher_s": ("tarea del otro despachador", "the other dispatcher's job"),
    "assumption.patrols_a_channel": ("patrullas por canal de radio", "patrols on one radio channel"),
    "assumption.asks_again_s": ("volver a preguntar por radio", "asking again by radio"),
    "assumption.radio_s": ("llamar a una patrulla por radio", "raising a patrol by radio"),
    "assumption.dropped": ("casos que se pierden al pasarlos", "cases lost when handed over"),
    "assumption.noticed_s": ("hasta que alguien pregunta", "until somebody asks"),
    "assumption.silent": ("la patrulla no oye", "the crew does not hear"),
    "assumption.declines": ("la patrulla dice que no puede", "the crew says it cannot"),
    "assumption.seen_s": ("mirar el teléfono", "looking at the phone"),
    "assumption.crew_answer_s": ("contestar sí o no", "answering yes or no"),
    "assumption.turnout_s": ("ponerse en camino", "setting off"),
    "assumption.traffic": ("tráfico", "traffic"),
    "assumption.luck": ("suerte de cada viaje", "luck of each trip"),
    "assumption.scene_s": ("tiempo en el sitio", "time on scene"),
    "assumption.other_work": ("otro trabajo de las patrullas", "patrols' other work"),
    "assumption.other_job_s": ("duración de otro trabajo", "time of another job"),
    "assumption.beat_rest_s": ("pausa en el recorrido", "rest on the beat"),
    "assumption.shift_s": ("turno", "shift"),
    "assumption.shift_change_s": ("cambio de turno", "change of shift"),
    "assumption.calls_a_year": ("llamadas al año", "calls a year"),
    "assumption.people_a_patrol": ("personas por patrulla", "people for each patrol"),
    "assumption.high": ("nivel alto", "level high"),
    "assumption.extreme": ("nivel extremo", "level extreme"),
    "assumption.aggressor": ("el agresor está ahí", "the aggressor is there"),
    "note.seeds": (
        "Entre paréntesis, el intervalo de 95 %: la unidad es la simulación, no la llamada (jackknife por grupos"
        " de"
        " simulaciones, t de Student). Percentiles por interpolación lineal de todas las llamadas juntas.",
        "In parentheses the 95 % interval: its unit is the simulation, not the call (jackknife by groups of"
        " simulations, Student's t). Percentiles by linear interpolation of all calls together.",
    ),
    "note.waiting": (
        "Media, P50 y P90 son de las atendidas. “Con las que esperan” (Kaplan-Meier) cuenta también a quienes"
        " nadie"
        " llegó, por lo que esperaron; un guion: tantas no llegaron a atenderse.",
        "Mean, P50 and P90 are of those attended. “With those waiting” (Kaplan-Meier) also counts those to whom"
        " nobody"
        " came, for as long as they waited; a dash: so many were never reached.",
    ),
    "note.paired": (
        "Diferencias sobre las mismas llamadas y los mismos sorteos; menos es más rápido.",
        "Differences on the same calls and the same draws; less is faster.",
    ),
    "note.tornado": (
        "Cada supuesto por separado, 20 % menor y mayor, con los mismos sorteos: cuánto se mueven las medias y su"
        " diferencia.",
        "Each assumption by itself, 20 % less and more, on the same draws: how far the means and their difference"
        " move.",
    ),
}

TRIAL_SENTENCES: Mapping[str, tuple[str, str]] = {
    "title.trial": ("Ensayo de despacho: {region}", "Dispatch trial: {region}"),
    "note.calls": (
        "Llamadas reales: de {rows} renglones se simulan {calls}; fuera quedan: {why}.",
        "Real calls: of {rows} rows {calls} are simulated; left out: {why}.",
    ),
    "title.what_if": ("¿Y si…? Las llamadas de {period}", "What if… The calls of {period}"),
    "title.comparisons": (
        "{policy} frente a las demás, en las mismas llamadas",
        "{policy} against the others, on the same calls",
    ),
    "column.moved": ("media, {policy}", "mean, {policy}"),
    "comparison": ("frente a: {policy}", "against: {policy}"),
    "drawing.mean": ("media {mean}", "mean {mean}"),
    "drawing.said": (
        "{policy}: a la mitad de todas en {half}, a nueve de diez en {most}.",
        "{policy}: half of all within {half}, nine in ten within {most}.",
    ),
    "said.trial": (
        "En las mismas {alerts} llamadas simuladas, la policía tardó en promedio {these_mean} con {these}, y"
        " {those_mean} con {those}: {change} (95 %: entre {low} y {high}). {real}{never}",
        "On the same {alerts} simulated calls, police took {these_mean} on average with {these}, and {those_mean}"
        " with {those}: {change} (95 %: between {low} and {high}). {real}{never}",
    ),
    "said.never": (
        " Nadie llegó a {those_never} con {those}, y a {these_never} con {these}.",
        " Nobody came to {those_never} with {those}, and to {these_never} with {these}.",
    ),
    "said.faster": ("{seconds} menos", "{seconds} less"),
    "said.slower": ("{seconds} más", "{seconds} more"),
    "said.length": (
        "{minutes}\N{NO-BREAK SPACE}min\N{NO-BREAK SPACE}{seconds}\N{NO-BREAK SPACE}s",
        "{minutes}\N{NO-BREAK SPACE}min\N{NO-BREAK SPACE}{seconds}\N{NO-BREAK SPACE}s",
    ),
    "said.real": ("El cambio es mayor que el azar.", "The change is more than chance."),
    "said.chance": ("El cambio no se distingue del azar.", "The change cannot be told from chance."),
    "said.validation": (
        "La bitácora midió una media de {log}; la simulación de lo que hubo da {simulated} ({off}, {share} %)."
        " {inside}",
        "The log measured a mean of {log}; simulated, things as they were give {simulated} ({off}, {share} %)."
        " {inside}",
    ),
    "said.inside": (
        "Lo medido está dentro de su intervalo.",
        "What was measured lies within its interval.",
    ),
    "said.outside": (
        "Lo medido está fuera de su intervalo: a la diferencia puede creérsele más que a los niveles.",
        "What was measured lies outside its interval: the difference deserves more belief than the levels.",
    ),
    "said.validation_none": (
        "La bitácora midió muy poco para decir qué tan cerca está la simulación.",
        "The log measured too little to say how near the simulation is.",
    ),
    "note.calibrated": (
        "El relevo se calibró con un solo supuesto a la media publicada de {mean}: {assumption}, de {before} a"
        " {value}. {reached}",
        "The relay was calibrated by one assumption to the published mean of {mean}: {assumption}, from {before}"
        " to"
        " {value}. {reached}",
    ),
    "said.reached": ("La media publicada se alcanza.", "The published mean is reached."),
    "said.not_reached": (
        "Con valores creíbles no se alcanza; queda en {mean}.",
        "It is not reached by believable values; it stays at {mean}.",
    ),
    "note.what_if": (
        "Llamadas reales de la bitácora, a sus horas y en sus zonas. El lugar exacto está sellado: se sortea uno"
        " en la"
        " zona, otro en cada simulación. El nivel de riesgo y el trabajo de las patrullas se sortean de los"
        " supuestos.",
        "Real calls of the log, at their times and in their zones. The exact place is sealed: one is drawn in"
        " the zone,"
        " another in each simulation. Level of risk and patrols' work are drawn from the assumptions.",
    ),
    "answer.what": (
        "La respuesta: de la llamada (T0) a la primera policía en el sitio (T8); definición {number}, versión"
        " {version}. No en la calle: en una simulación con los supuestos de abajo.",
        "The response: from the call (T0) to the first police on scene (T8); definition {number}, version"
        " {version}. Not in the street: in a simulation with the assumptions below.",
    ),
    "answer.how_many": (
        "{alerts} llamadas en {seeds} simulaciones, las mismas para cada forma de despachar. Atendidas (n):"
        " {counted}; las demás, en la tabla.",
        "{alerts} calls in {seeds} simulations, the same for each way to dispatch. Attended (n): {counted}; the"
        " others in the table.",
    ),
    "answer.left_out": (
        "Nadie llegó: {unattended}. No pueden estar en la media; cuentan en “con las que esperan”. En ninguna"
        " cifra"
        " (sin dato, canceladas, unidas a otra, datos imposibles): {left_out}.",
        "Nobody came: {unattended}. They cannot be in the mean; they count in “with those waiting”. In no figure"
        " (missing, cancelled, merged into another, impossible data): {left_out}.",
    ),
    "answer.real": (
        "{real} {change} de media (95 %: {low} a {high}). Vale para estos supuestos, no para cualquier"
        " ciudad.{most}",
        "{real} {change} of mean (95 %: {low} to {high}). It holds for these assumptions, not for any city.{most}",
    ),
    "answer.most": (" Depende sobre todo de: {names}.", " It depends most on: {names}."),
    "answer.alone": (
        "No hay con qué comparar.",
        "There is nothing to compare with.",
    ),
    "answer.bound": (
        " Quien lo supiera todo tardaría de media el {share} % de lo que tarda {these} (95 %: {low} a {high} %).",
        " Whoever knew everything would take {share} % of the mean of {these} (95 %: {low} to {high} %).",
    ),
    "count.of": ("{policy} {count} de {all}", "{policy} {count} of {all}"),
    "count.plain": ("{policy} {count}", "{policy} {count}"),
}
"""With gaps for what was found."""
