"""Writes that are sent again: under an id of the sender's a thing is written once.

Who is told that the store did not answer cannot know whether it wrote all the same.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, select

from operations.ledger import Writing, texts_of
from telemetry.errors import Conflict
from telemetry.people import Actor


def sent_before(
    page: Writing,
    table: Table,
    id: UUID | None,
    by: Actor,
    values: Mapping[str, Any],
    texts: Mapping[str, str],
    key: "Column[UUID] | None" = None,
) -> list[UUID]:
    """Return the records that stand under the sender's id already, none for a new one.

    Conflict where another wrote them, or something else is in them; `key` is the column that has the id.
    """
    if id is None:
        return []
    column = table.c.id if key is None else key
    query = select(table).where(column == id).order_by(table.c.seq)
    rows = page.connection.execute(query).mappings().all()
    said = texts_of(page.connection, [row["id"] for row in rows])
    for row in rows:
        mine = row["plant"] == page.plant and row["actor_id"] == by.account_id
        alike = all(row[name] == value for name, value in values.items())
        if not mine or not alike or any(said[row["id"]].get(of, "") != text for of, text in texts.items()):
            raise Conflict(
                "id_taken", "something else was written under this id: give what is new one of its own"
            )
    return [row["id"] for row in rows]
