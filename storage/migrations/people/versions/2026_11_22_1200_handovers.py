"""handovers and their signatures"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import create_records

revision = "2026_11_22_1200_handovers"
down_revision = "2026_11_22_1100_logbook"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_records(
        "handover",
        ["plant end_us"],
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
    create_records(
        "handover_signature",
        [],
        sa.Column("handover", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("unanswered", sa.JSON(none_as_null=True), nullable=True),
        sa.UniqueConstraint("handover", "role", name="uq_handover_signature_handover_role"),
    )
    create_records(
        "handover_addendum",
        ["handover"],
        sa.Column("handover", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
    )


def downgrade() -> None:
    for table in ("handover_addendum", "handover_signature", "handover"):
        op.drop_table(table)
