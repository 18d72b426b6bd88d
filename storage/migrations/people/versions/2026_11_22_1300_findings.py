"""findings, slips and what became of them"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import create_records

revision = "2026_11_22_1300_findings"
down_revision = "2026_11_22_1200_handovers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_records(
        "finding",
        ["day", "person day"],
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("item", sa.String(40), nullable=True),
        sa.Column("sentence", sa.String(32), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("post", sa.Uuid(), nullable=True),
        sa.Column("crew", sa.Uuid(), nullable=True),
        sa.Column("entry", sa.Uuid(), nullable=True),
        sa.Column("occasion", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(64), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("rule_set", sa.String(16), nullable=False),
        sa.Column("clause", sa.String(40), nullable=False),
        sa.Column("amount_yuan", sa.Float(), nullable=False),
        sa.Column("takes_day_wage", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=True),
        sa.UniqueConstraint("plant", "subject", name="uq_finding_plant_subject"),
        sa.UniqueConstraint("occasion", "person", name="uq_finding_occasion_person"),
    )
    create_records(
        "finding_event",
        ["finding"],
        sa.Column("finding", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(32), nullable=True),
    )
    create_records(
        "wage",
        ["person"],
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
    )


def downgrade() -> None:
    for table in ("wage", "finding_event", "finding"):
        op.drop_table(table)
