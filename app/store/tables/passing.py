"""What processes tell each other beside the log. Unlogged: a database that has crashed begins with none of it."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Table, Text

from .base import metadata

positions = Table(
    "positions",
    metadata,
    Column("center", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("lat", Float(53), nullable=False),
    Column("lon", Float(53), nullable=False),
    Column("accuracy_m", Float(53)),
    Column("at", Float(53), nullable=False),
    Column("process", Text, nullable=False, server_default=""),
    Column("change", BigInteger, nullable=False, server_default="0"),
    Index(None, "center", "change"),
    prefixes=["UNLOGGED"],
)
"""The newest fix of each unit, and the process that took it."""

lines = Table(
    "lines",
    metadata,
    Column("center", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("process", Text, nullable=False),
    Column("up", Boolean, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("change", BigInteger, nullable=False),
    Index(None, "center", "change"),
    prefixes=["UNLOGGED"],
)
"""Each unit that has or had a line: at which process last, whether it stands (since when) or has ended (when)."""

processes = Table(
    "processes",
    metadata,
    Column("center", Text, primary_key=True),
    Column("process", Text, primary_key=True),
    Column("beat", BigInteger, nullable=False),
    prefixes=["UNLOGGED"],
)
"""The processes of a center; one whose beat stands still is gone, and its lines with it."""

marks = Table(
    "marks",
    metadata,
    Column("center", Text, primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("change", BigInteger, nullable=False),
    prefixes=["UNLOGGED"],
)
"""The number of the newest change. Who changes something holds this row until the commit, so numbers are in the
order of commits and nothing comes later under a lower one. Another `epoch`: the tables were emptied, read all."""
