"""How far within a batch a target is, which figures it may have, and what was asked to be sent again."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_1500_sent_again"
down_revision = "2026_11_21_1200_replication"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("replication_targets") as targets:
        targets.add_column(sa.Column("reached_us", sa.BigInteger, nullable=False, server_default="0"))
    # Nobody kept until now which figures a target was sent: it may have any.
    op.execute("UPDATE replication_targets SET reached_us = saved_us")
    with op.batch_alter_table("replication_pending") as pending:
        pending.add_column(sa.Column("series", sa.BigInteger, nullable=True))
        pending.add_column(sa.Column("t_us", sa.BigInteger, nullable=True))
    op.create_table(
        "replication_requests",
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("from_us", sa.BigInteger, nullable=False),
        sa.Column("asked_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("target", name="pk_replication_requests"),
    )


def downgrade() -> None:
    op.drop_table("replication_requests")
    # In place: made anew, as a batch does it, the table of targets would go while others point to its rows.
    op.drop_column("replication_pending", "t_us")
    op.drop_column("replication_pending", "series")
    op.drop_column("replication_targets", "reached_us")
