"""handovers and their signatures"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import keep_rows

revision = "2026_11_22_1200_handovers"
down_revision = "2026_11_22_1100_logbook"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _records(
        "handover",
        sa.Column("turn", sa.String(64), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("outgoing_crew", sa.Uuid(), nullable=True),
        sa.Column("incoming_turn", sa.String(64), nullable=True),
        sa.Column("incoming_crew", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("unanswered", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("ledger_records", sa.BigInteger(), nullable=False),
        sa.Column("ledger_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("journal_records", sa.BigInteger(), nullable=False),
        sa.Column("journal_hash", sa.LargeBinary(32), nullable=False),
        sa.UniqueConstraint("plant", "turn", name="uq_handover_plant_turn"),
    )
    op.create_index("ix_handover_plant_end_us", "handover", ["plant", "end_us"])
    _records(
        "handover_signature",
        sa.Column("handover", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("unanswered", sa.JSON(none_as_null=True), nullable=True),
        sa.UniqueConstraint("handover", "role", name="uq_handover_signature_handover_role"),
    )
    _records(
        "handover_addendum",
        sa.Column("handover", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
    )
    op.create_index("ix_handover_addendum_handover", "handover_addendum", ["handover"])


def _records(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_recorded_us", table, ["recorded_us"])
    keep_rows(op.get_bind(), table)


def downgrade() -> None:
    for table in ("handover_addendum", "handover_signature", "handover"):
        op.drop_table(table)
