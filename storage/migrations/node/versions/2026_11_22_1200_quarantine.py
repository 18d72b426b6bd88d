"""Points that are left out because their device refuses them, remembered over restarts."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1200_quarantine"
down_revision = "2026_11_22_1100_outages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarantined_point",
        sa.Column("channel", sa.String(160), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("quality", sa.SmallInteger, nullable=False),
        sa.Column("since_us", sa.BigInteger, nullable=False),
        sa.Column("next_try_us", sa.BigInteger, nullable=False),
        sa.Column("wait_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("channel", "tag", name="pk_quarantined_point"),
    )


def downgrade() -> None:
    op.drop_table("quarantined_point")
