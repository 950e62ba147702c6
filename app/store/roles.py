"""The role the service works as: it may add to what is only ever added to, and change or delete nothing of it.

Tables belong to whoever migrates. A role belongs to the whole PostgreSQL: several databases may make it at once.
"""

import logging

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from .tables import metadata

SERVICE_ROLE = "naranja_service"
APPEND_ONLY = ("answers", "audit", "checkpoints", "events")
"""The service may read these and add to them, and that is all."""
KEPT = ("chains",)
"""And of these it may change rows, but delete none."""
TRIES_MAX = 5
"""Times a right is given again when another database changes the same role in the same moment."""

_MAKE = f"""
DO $$ BEGIN
  CREATE ROLE {SERVICE_ROLE} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$"""
_MISSING = text("SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)")
_STRANGER = text("""
SELECT NOT pg_has_role(
  current_user, :role, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END
)""")
_FORGETS = text("""
SELECT coalesce(has_function_privilege(:role, to_regprocedure('forget_synthetic(text)'), 'EXECUTE'), true)""")
"""Whether the role may call it; true where a schema of before has no such function."""
_RIGHTS = text("""
SELECT c.relname AS name,
  has_table_privilege(:role, c.oid, 'SELECT') AND has_table_privilege(:role, c.oid, 'INSERT') AS adds,
  has_table_privilege(:role, c.oid, 'UPDATE') AS changes, has_table_privilege(:role, c.oid, 'DELETE') AS deletes,
  has_table_privilege(:role, c.oid, 'TRUNCATE') AS empties
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY(:tables)""")

_LOG = logging.getLogger("naranja.store")


def make_role(connection: Connection) -> None:
    """Make the role, let this user work as it, and give it its rights, as far as this user may.

    Where it may not, `limited` will say so. Meant to be done by one at a time in each database.
    """
    try:
        for _ in range(TRIES_MAX):
            try:
                with connection.begin_nested():
                    _member(connection)
                break
            except DBAPIError as problem:
                if "tuple concurrently updated" not in str(problem.orig):
                    raise
        with connection.begin_nested():
            _grant(connection)
    except DBAPIError as problem:
        _LOG.warning("the role of the service could not be set up", extra={"error": type(problem.orig).__name__})


def _member(connection: Connection) -> None:
    if connection.execute(_MISSING, {"role": SERVICE_ROLE}).scalar_one():
        connection.execute(text(_MAKE))
    if connection.execute(_STRANGER, {"role": SERVICE_ROLE}).scalar_one():
        connection.execute(text(f"GRANT {SERVICE_ROLE} TO CURRENT_USER"))


def _grant(connection: Connection) -> None:
    """Give and take what differs; most starts find nothing to do."""
    wanted = {"role": SERVICE_ROLE, "tables": sorted(metadata.tables)}
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {SERVICE_ROLE}"))
    for row in connection.execute(_RIGHTS, wanted).all():
        changes, deletes = row.name not in APPEND_ONLY, row.name not in (*APPEND_ONLY, *KEPT)
        if (row.adds, row.changes, row.deletes, row.empties) == (True, changes, deletes, False):
            continue
        rights = ["SELECT", "INSERT", *(["UPDATE"] if changes else []), *(["DELETE"] if deletes else [])]
        connection.execute(text(f'REVOKE ALL ON "{row.name}" FROM {SERVICE_ROLE}'))
        connection.execute(text(f'GRANT {", ".join(rights)} ON "{row.name}" TO {SERVICE_ROLE}'))
    if not connection.execute(_FORGETS, {"role": SERVICE_ROLE}).scalar_one():
        connection.execute(text(f"GRANT EXECUTE ON FUNCTION forget_synthetic(text) TO {SERVICE_ROLE}"))


def limited(connection: Connection) -> bool:
    """Whether this user can work as the role, and the role can add everywhere and change nothing it must not."""
    if connection.execute(_MISSING, {"role": SERVICE_ROLE}).scalar_one():
        return False
    if connection.execute(_STRANGER, {"role": SERVICE_ROLE}).scalar_one():
        return False
    wanted = {"role": SERVICE_ROLE, "tables": sorted(metadata.tables)}
    rights = {row.name: row for row in connection.execute(_RIGHTS, wanted)}
    return rights.keys() == metadata.tables.keys() and all(
        row.adds
        and row.changes is (name not in APPEND_ONLY)
        and row.deletes is (name not in (*APPEND_ONLY, *KEPT))
        and not row.empties
        for name, row in rights.items()
    )
