"""A synthetic center can be forgotten, and no other: its log would grow for ever and is about nobody.

The service may delete nothing of a log. This function may, as whoever owns the tables, and refuses every center
whose name is not that of a synthetic one; a real center cannot have such a name. The row of the center stays, and
begins anew. With the three indexes no table of the real center is read through for an alert that goes.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

_REFER = ("assignments", "break_glass", "household_alerts")
"""They refer to alerts, and are looked at whenever one goes."""
_GO = (
    *("alert_keys", "alerts", "unit_places", "units", "answers", "events", "audit", "chains"),
    *("center_keys", "positions", "lines", "processes", "marks"),
)
"""Tables in which a synthetic center has rows, in an order in which no row is missed by another."""


def upgrade() -> None:
    for table in _REFER:
        op.create_index(op.f(f"ix_{table}_alert"), table, ["alert"])
    deletes = "\n  ".join(f"DELETE FROM {table} WHERE center = gone;" for table in _GO)  # noqa: S608
    op.execute(f"""
CREATE FUNCTION forget_synthetic(gone text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF gone NOT LIKE '_%-synthetic' THEN
    RAISE EXCEPTION 'this is no synthetic center' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM details WHERE alert IN (SELECT id FROM alerts WHERE center = gone);
  DELETE FROM assignments WHERE alert IN (SELECT id FROM alerts WHERE center = gone);
  {deletes}
  DELETE FROM sessions WHERE person IN (SELECT id FROM people WHERE center = gone);
  DELETE FROM people WHERE center = gone;
  UPDATE centers SET last_seq = 0, last_at = 0, folios = 0 WHERE id = gone;
END $$""")  # noqa: S608
    op.execute("REVOKE ALL ON FUNCTION forget_synthetic(text) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_synthetic(text)")
    for table in _REFER:
        op.drop_index(op.f(f"ix_{table}_alert"), table)
