"""Triggers of migrations that let nobody change what was recorded, in SQLite and PostgreSQL."""

from sqlalchemy import Connection, text


def keep_rows(connection: Connection, table: str, *, deletable: bool = False) -> None:
    """Refuse every UPDATE of a table's rows from now on, and every DELETE unless `deletable`.

    PostgreSQL's function `refuse_change` is there since the first migration of the people's store.
    """
    words = ("UPDATE",) if deletable else ("UPDATE", "DELETE")
    if connection.dialect.name == "sqlite":
        for word in words:
            connection.execute(
                text(
                    f"CREATE TRIGGER {table}_no_{word.lower()} BEFORE {word} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            )
        return
    asked = " OR ".join(words if deletable else (*words, "TRUNCATE"))
    connection.execute(
        text(
            f"CREATE TRIGGER {table}_append_only BEFORE {asked} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    )
