"""A synthetic center can be forgotten whole, and no other: its log would grow for ever and is about nobody.

The service may delete nothing of a log. This function may, as whoever owns the tables, and refuses every center
whose name is not that of a synthetic one; a real center cannot have such a name.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

_TABLES = (
    *("household_alerts", "households", "details", "alert_keys", "assignments", "alerts", "unit_places", "units"),
    *("zones", "regions", "answers", "events", "audit", "chains", "center_keys", "challenges", "attempts"),
    *("positions", "lines", "processes", "marks", "retention_runs"),
)
"""Every table in which a synthetic center has rows, in an order in which no row is missed by another."""
_OF_PEOPLE = "DELETE FROM sessions WHERE person IN (SELECT id FROM people WHERE center = gone);"


def upgrade() -> None:
    deletes = "\n".join(f"DELETE FROM {table} WHERE center = gone;" for table in _TABLES)  # noqa: S608
    op.execute(f"""
CREATE FUNCTION forget_synthetic(gone text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF gone NOT LIKE '_%-synthetic' THEN
    RAISE EXCEPTION 'this is no synthetic center' USING ERRCODE = 'insufficient_privilege';
  END IF;
  {deletes}
  {_OF_PEOPLE}
  DELETE FROM people WHERE center = gone;
  DELETE FROM centers WHERE id = gone;
END $$""")  # noqa: S608
    op.execute("REVOKE ALL ON FUNCTION forget_synthetic(text) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_synthetic(text)")
