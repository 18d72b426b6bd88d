"""What the collectors keep in the node's own SQLite.

quarantined_point   points that are left out because their device refuses them or keeps silent
"""

from typing import Final

from sqlalchemy import BigInteger, Column, SmallInteger, String, Table, Text

from storage.schema import node_metadata

quarantined_point: Final = Table(
    "quarantined_point",
    node_metadata,
    Column("channel", String(160), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Column("address", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("next_try_us", BigInteger, nullable=False),
    Column("wait_us", BigInteger, nullable=False),
)
