"""What other systems recorded before: apart from the log, which holds nothing that was not decided here."""

from sqlalchemy import Column, Float, ForeignKey, ForeignKeyConstraint, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from .base import metadata

histories = Table(
    "histories",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("imported_at", Float(53), nullable=False),
    Column("since", Float(53), nullable=False),
    Column("until", Float(53), nullable=False),
    Column("map", JSONB, nullable=False),
    Column("counts", JSONB, nullable=False),
)
"""One import. `digest` names its file and map, `since` its first case, `until` its last moment; `counts`: what was
refused."""

history_cases = Table(
    "history_cases",
    metadata,
    Column("center", Text, primary_key=True),
    Column("history", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("began", Float(53), nullable=False),
    Column("body", JSONB, nullable=False),
    ForeignKeyConstraint(["center", "history"], ["histories.center", "histories.name"], ondelete="CASCADE"),
    Index(None, "center", "history", "began"),
)
"""One case of an import; `began` is its place on the calendar."""
