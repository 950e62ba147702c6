"""Zones, and where units have their stations."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from .base import metadata
from .sealed import names_its_key, needs_its_key

unit_places = Table(
    "unit_places",
    metadata,
    Column("center", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("lat", Float(53), nullable=False),
    Column("lon", Float(53), nullable=False),
    Column("sealed", LargeBinary),
    names_its_key("sealed"),
    ForeignKeyConstraint(["center", "unit"], ["units.center", "units.code"]),
    needs_its_key(),
)
"""Where a unit's station is. For a sealed unit `lat`, `lon` are its zone's inner point and `sealed` the truth."""

zones = Table(
    "zones",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("shape", LargeBinary, nullable=False),
)

regions = Table(
    "regions",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("imported_at", Float(53), nullable=False),
    Column("summary", JSONB, nullable=False),
)
