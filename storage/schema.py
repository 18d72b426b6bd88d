"""The two relational stores.

    node    the node's own SQLite: journal, engine snapshot, cursors; alarming needs nothing else
    people  accounts and people's records: SQLite, or PostgreSQL where a company shares it

Tables are declared beside what uses them (`alarms/tables.py`, `operations/tables.py`) on these
metadatas; migrations stand in storage/migrations/{node,people}.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import MetaData

_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

node_metadata: Final = MetaData(naming_convention=_NAMING)
people_metadata: Final = MetaData(naming_convention=_NAMING)


class StoreKind(StrEnum):
    """Which of the two; the name of its migrations' folder."""

    NODE = "node"
    PEOPLE = "people"
