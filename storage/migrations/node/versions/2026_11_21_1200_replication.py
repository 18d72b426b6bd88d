"""The cursors of replication targets, and what they refused."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_1200_replication"
down_revision = "2026_11_21_0900_journal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "replication_targets",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("live", sa.BigInteger, nullable=False),
        sa.Column("lost_rows", sa.BigInteger, nullable=False),
        sa.Column("saved_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_replication_targets"),
    )
    op.create_table(
        "replication_pending",
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("after", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("through", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("target", "after", name="pk_replication_pending"),
        sa.ForeignKeyConstraint(
            ["target"], ["replication_targets.name"], name="fk_replication_pending_target"
        ),
    )
    op.create_table(
        "replication_dead_letters",
        sa.Column("id", sequence, nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("t_us", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replication_dead_letters"),
        sa.ForeignKeyConstraint(
            ["target"], ["replication_targets.name"], name="fk_replication_dead_letters_target"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_replication_dead_letters_target_id", "replication_dead_letters", ["target", "id"])


def downgrade() -> None:
    op.drop_table("replication_dead_letters")
    op.drop_table("replication_pending")
    op.drop_table("replication_targets")
