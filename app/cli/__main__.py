"""`python -m app.cli`: the same as `naranja`."""

from . import run

run()
