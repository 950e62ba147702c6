"""The `naranja` command: one file for each group of its verbs."""

import sys

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.store.session import GONE

from . import (
    backups,
    bench,
    db,
    exports,
    keys,
    logs,
    openapi,
    pages,
    people,
    region,
    report,
    retention,
    rules,
    serve,
    shows,
    simulate,
    soak,
    swarm,
)

app = typer.Typer(
    help="Naranja: rapid-response dispatch for domestic violence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("demo")(shows.demo)
app.command("replay")(shows.replay)
app.command("simulate")(simulate.simulate)
app.command("soak")(soak.soak_command)
app.command("swarm")(swarm.swarm_command)
app.command("openapi")(openapi.openapi)
app.command("figures")(pages.figures)
app.add_typer(report.app, name="report")
app.add_typer(region.app, name="region")
app.add_typer(rules.app, name="rules")
people.app.command("export")(exports.export)
app.add_typer(people.app, name="people")
app.add_typer(retention.app, name="retention")
app.add_typer(keys.app, name="keys")
db.app.command("backup")(backups.backup)
db.app.command("restore")(backups.restore_command)
db.app.command("drill")(backups.drill)
app.add_typer(db.app, name="db")
app.add_typer(bench.app, name="bench")


def _fail_outright(code: str, sentence: str) -> None:
    sys.stderr.write(f"{code}: {sentence}\n")
    sys.exit(1)


def _wrong_settings(problem: ValidationError | SettingsError) -> str:
    """Which settings are wrong, by name; never what they are."""
    if isinstance(problem, SettingsError):
        return "A setting that is a list or a table is not written as JSON."
    wrong = {".".join(str(part) for part in one["loc"]): one["msg"] for one in problem.errors(include_input=False)}
    return "; ".join(f"{name}: {why}" for name, why in wrong.items())


def run() -> None:
    """The entry point."""
    logs.set_up()
    try:
        app()
    except GONE as problem:
        _fail_outright("database_unreachable", f"The database does not answer ({type(problem).__name__}).")
    except (ValidationError, SettingsError) as problem:
        _fail_outright("settings_wrong", _wrong_settings(problem))
    except Exception as bug:  # noqa: BLE001  # said without its message, which may quote what somebody told us
        logs.fell(type(bug), bug, bug.__traceback__)
        sys.exit(1)
