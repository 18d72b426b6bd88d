"""What migrations make record tables with, whose rows nobody changes, in SQLite and PostgreSQL."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection, text
from sqlalchemy.schema import SchemaItem


def create_records(name: str, indexes: list[str], *items: SchemaItem) -> None:
    """Create the table of a kind of record, with the columns that all of them begin with.

    An index is written as its columns, `person start_us`; there is one on `recorded_us` besides.
    """
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        *items,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    for index in ["recorded_us", *indexes]:
        of = index.split()
        op.create_index(f"ix_{name}_{'_'.join(of)}", name, of)
    keep_rows(op.get_bind(), name)


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
