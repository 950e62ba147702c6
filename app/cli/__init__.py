"""The `naranja` command: one file for each group of its verbs."""

import sys

import typer

from app.store.session import GONE

from . import bench, db, logs, openapi, people, region, report, rules, serve, shows, swarm

app = typer.Typer(
    help="Naranja: rapid-response dispatch for domestic violence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("demo")(shows.demo)
app.command("replay")(shows.replay)
app.command("swarm")(swarm.swarm_command)
app.command("report")(report.report)
app.command("openapi")(openapi.openapi)
app.add_typer(region.app, name="region")
app.add_typer(rules.app, name="rules")
app.add_typer(people.app, name="people")
app.add_typer(db.app, name="db")
app.add_typer(bench.app, name="bench")


def _fail_outright(code: str, sentence: str) -> None:
    sys.stderr.write(f"{code}: {sentence}\n")
    sys.exit(1)


def run() -> None:
    """The entry point."""
    logs.set_up()
    try:
        app()
    except GONE as problem:
        _fail_outright("database_unreachable", f"The database does not answer ({type(problem).__name__}).")
