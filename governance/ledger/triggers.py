"""Database triggers that make the ledger's tables append-only, for both databases.

They stop an application that has been taken over and an administrator who means well; whoever owns
the database file can still remove them, which is what the hash chain is for.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_APPEND_ONLY = ("ledger_entry", "ledger_body")
_REFUSAL = "the ledger is append-only"

_POSTGRES_INSTALL = (
    f"""
CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$;
CREATE OR REPLACE FUNCTION ledger_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.size <> OLD.size + 1 OR NEW.ts < OLD.ts THEN
    RAISE EXCEPTION '{_REFUSAL}';
  END IF;
  RETURN NEW;
END $$;
"""
    + "".join(
        f"""
CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
"""
        for table in _APPEND_ONLY
    )
    + """
CREATE TRIGGER ledger_head_keep BEFORE DELETE ON ledger_head
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_head_keep_all BEFORE TRUNCATE ON ledger_head
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_head_step BEFORE UPDATE ON ledger_head
  FOR EACH ROW EXECUTE FUNCTION ledger_head_forward();
"""
)

# SQLite's INSERT OR REPLACE takes rows away without asking a DELETE trigger, unless a PRAGMA of the
# connection says otherwise: so the INSERT itself is refused where a row stands already.
_SAME = {
    "ledger_entry": "seq = NEW.seq OR entry_hash = NEW.entry_hash",
    "ledger_body": "entry_id = NEW.entry_id",
    "ledger_head": "TRUE",
}
_SQLITE = {
    **{
        f"{table}_{verb.lower()}": f"BEFORE {verb} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for table in _APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    },
    **{
        f"{table}_replace": f"BEFORE INSERT ON {table} "  # noqa: S608 - our own names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN "
        f"SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for table, same in _SAME.items()
    },
    "ledger_head_delete": f"BEFORE DELETE ON ledger_head BEGIN "
    f"SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    "ledger_head_step": "BEFORE UPDATE ON ledger_head "
    "WHEN NEW.id <> OLD.id OR NEW.size <> OLD.size + 1 OR NEW.ts < OLD.ts BEGIN "
    f"SELECT RAISE(ABORT, '{_REFUSAL}'); END",
}

_POSTGRES_REMOVE = "".join(
    f"DROP TRIGGER IF EXISTS {table}_{suffix} ON {table};"
    for table, suffixes in {
        **dict.fromkeys(_APPEND_ONLY, ("keep", "keep_all")),
        "ledger_head": ("keep", "keep_all", "step"),
    }.items()
    for suffix in suffixes
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers on an open connection."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_INSTALL)
            return
        for name, definition in _SQLITE.items():
            cursor.execute(f"CREATE TRIGGER {name} {definition}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for reversing the migration, and for tests that empty their tables."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_REMOVE)
            return
        for name in _SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def install_by_migration(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    install(schema_editor.connection)


def remove_by_migration(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    remove(schema_editor.connection)
