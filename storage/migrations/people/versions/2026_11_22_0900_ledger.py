"""the ledger of people's records, and their words"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import keep_rows

revision = "2026_11_22_0900_ledger"
down_revision = "2026_11_21_0900_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_text",
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record", "field", name="pk_record_text"),
    )
    op.create_table(
        "ledger",
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("node", "seq", name="pk_ledger"),
        sa.UniqueConstraint("record", name="uq_ledger_record"),
    )
    op.create_index("ix_ledger_at_us", "ledger", ["at_us"])
    op.create_table(
        "ledger_head",
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_ledger_head"),
    )
    keep_rows(op.get_bind(), "ledger")
    keep_rows(op.get_bind(), "record_text", deletable=True)


def downgrade() -> None:
    for table in ("ledger_head", "ledger", "record_text"):
        op.drop_table(table)
