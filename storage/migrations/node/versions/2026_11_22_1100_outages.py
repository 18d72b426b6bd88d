"""When channels were lost and back."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1100_outages"
down_revision = "2026_11_22_1000_pushes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outage",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.String(128), nullable=False),
        sa.Column("began_us", sa.BigInteger, nullable=False),
        sa.Column("ended_us", sa.BigInteger),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("missed", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_outage"),
    )
    op.create_index("ix_outage_began_us", "outage", ["began_us"])
    op.create_index("ix_outage_channel_began_us", "outage", ["channel", "began_us"])
    op.create_index("ix_outage_ended_us", "outage", ["ended_us"])


def downgrade() -> None:
    op.drop_table("outage")
