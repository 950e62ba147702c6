"""The `naranja` command: one file for each group of its verbs."""

import typer

from . import bench, db, logs, people, region, report, serve, shows

app = typer.Typer(
    help="Naranja: rapid-response dispatch for domestic violence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("serve")(serve.serve)
app.command("demo")(shows.demo)
app.command("replay")(shows.replay)
app.command("report")(report.report)
app.add_typer(region.app, name="region")
app.add_typer(people.app, name="people")
app.add_typer(db.app, name="db")
app.add_typer(bench.app, name="bench")


def run() -> None:
    """The entry point."""
    logs.set_up()
    app()
