"""Judged hours and days, and how far they have come."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_0900_judgements"
down_revision = "2026_11_21_1500_sent_again"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judged_hour",
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("start_us", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("due", sa.Boolean, nullable=False),
        sa.Column("valid", sa.Boolean, nullable=False),
        sa.Column("excused", sa.Boolean, nullable=False),
        sa.Column("cause", sa.String(32)),
        sa.Column("flow_m3", sa.Float),
        sa.Column("within", sa.Boolean),
        sa.Column("results", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("plant", "tag", "start_us", name="pk_judged_hour"),
    )
    op.create_index("ix_judged_hour_version", "judged_hour", ["version"])
    op.create_table(
        "judged_day",
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("start_us", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("end_us", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("mean", sa.Float),
        sa.Column("rounded", sa.String(32)),
        sa.Column("lowest", sa.Float),
        sa.Column("highest", sa.Float),
        sa.Column("valid", sa.SmallInteger, nullable=False),
        sa.Column("due", sa.SmallInteger, nullable=False),
        sa.Column("excused", sa.SmallInteger, nullable=False),
        sa.Column("flow_m3", sa.Float),
        sa.Column("load_kg", sa.Float),
        sa.Column("limits", sa.Text, nullable=False),
        sa.Column("exceedances", sa.Text, nullable=False),
        sa.Column("control", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("plant", "tag", "start_us", name="pk_judged_day"),
    )
    op.create_index("ix_judged_day_version", "judged_day", ["version"])
    op.create_table(
        "judging_progress",
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("through_us", sa.BigInteger, nullable=False),
        sa.Column("figures_version", sa.BigInteger, nullable=False),
        sa.Column("limits_hash", sa.String(64), nullable=False),
        sa.Column("rules", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("plant", "tag", name="pk_judging_progress"),
    )


def downgrade() -> None:
    op.drop_table("judging_progress")
    op.drop_table("judged_day")
    op.drop_table("judged_hour")
