"""Two offers of one need, households by keyed hash, rules that count from a date."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTITUTIONS = ("police", "prosecutor", "shelter")
LEVELS = ("standard", "high", "extreme")
OFFER = {"seen_within_s": 20.0, "answer_within_s": 45.0}
"""How long every offer waited before clocks had an institution and a level."""


def upgrade() -> None:
    op.create_table(
        "households",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.UUID(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_households_center")),
        sa.PrimaryKeyConstraint("center", "hash", name=op.f("pk_households")),
        sa.UniqueConstraint("token", name=op.f("uq_households_token")),
    )
    op.create_table(
        "household_alerts",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("token", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("alert", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("raised_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_household_alerts_alert")),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_household_alerts_center")),
        sa.PrimaryKeyConstraint("center", "token", "alert", name=op.f("pk_household_alerts")),
    )
    op.drop_index("uq_assignments_live_need", table_name="assignments", postgresql_where=sa.text("live"))
    op.create_index(
        "uq_assignments_live_need",
        "assignments",
        ["alert", "need"],
        unique=True,
        postgresql_where=sa.text("live AND state <> 'offered'"),
    )
    op.create_index(
        "uq_assignments_live_offer",
        "assignments",
        ["alert", "need", "unit"],
        unique=True,
        postgresql_where=sa.text("live"),
    )
    _default_rules("[]")
    _rewrite("centers", "rules", "true", _dated)
    _rewrite("units", "body", "listed", _unit)
    _rewrite("alerts", "body", "on_board", _alert)
    _rewrite("assignments", "body", "live", _assignment)


def downgrade() -> None:
    _rewrite("centers", "rules", "true", _newest)
    _default_rules("{}")
    op.drop_index("uq_assignments_live_offer", table_name="assignments", postgresql_where=sa.text("live"))
    op.drop_index(
        "uq_assignments_live_need",
        table_name="assignments",
        postgresql_where=sa.text("live AND state <> 'offered'"),
    )
    op.create_index(
        "uq_assignments_live_need", "assignments", ["alert", "need"], unique=True, postgresql_where=sa.text("live")
    )
    op.drop_table("household_alerts")
    op.drop_table("households")


def _default_rules(empty: str) -> None:
    op.alter_column("centers", "rules", server_default=sa.text(f"'{empty}'::jsonb"))


def _rewrite(table: str, column: str, which: str, change: Callable[[Any], Any]) -> None:
    """Change the JSON of these rows of a table, whatever its key is."""
    connection = op.get_bind()
    read = f"SELECT ctid::text, {column}::text FROM {table} WHERE {which}"  # noqa: S608
    write = f"UPDATE {table} SET {column} = CAST(:body AS jsonb) WHERE ctid = CAST(CAST(:row AS text) AS tid)"  # noqa: S608
    for row, body in connection.execute(sa.text(read)).all():
        connection.execute(sa.text(write), {"row": row, "body": json.dumps(change(json.loads(body)))})


def _dated(rules: Any) -> list[Any]:
    """The rules of before, as a book of one page; its two numbers for every offer become clocks."""
    if not isinstance(rules, Mapping):
        return list(rules)
    changed = dict(rules)
    said = {name: changed.pop(name) for name in OFFER if name in changed}
    if said:
        clock = {**OFFER, **said}
        changed["clocks"] = {institution: dict.fromkeys(LEVELS, clock) for institution in INSTITUTIONS}
    return [{"from": 0.0, "rules": changed}] if changed else []


def _newest(book: Any) -> dict[str, Any]:
    """The last page of the book; two numbers for every offer again, as police have them."""
    changed = dict(book[-1]["rules"]) if book else {}
    clocks = changed.pop("clocks", None)
    return {**changed, **clocks["police"]["standard"]} if clocks else changed


def _unit(body: dict[str, Any]) -> dict[str, Any]:
    """Whether a shift is under way was read off its slots."""
    return {**body, "on_duty": any(slot != "off_duty" for slot in body.get("slots", ()))}


def _alert(body: dict[str, Any]) -> dict[str, Any]:
    """Since when nobody has accepted, and what the first call was, as far as that is known."""
    needs = [{"unaccepted_since": need["since"], **need, "alarm": _alarm(need)} for need in body.get("needs", ())]
    return {**body, "needs": needs, "calls": {body["id"]: body["received_at"]}}


def _alarm(need: dict[str, Any]) -> dict[str, Any] | None:
    alarm = need.get("alarm")
    return alarm and {"first_at": alarm["raised_at"], **alarm}


def _assignment(body: dict[str, Any]) -> dict[str, Any]:
    """The unit was last heard with its last step, or with the offer where it has said nothing."""
    return {**body, "heard_at": max([body["offered_at"], *body.get("stamps", {}).values()])}
