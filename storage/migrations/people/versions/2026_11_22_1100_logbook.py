"""the logbook and its handovers"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import create_records

revision = "2026_11_22_1100_logbook"
down_revision = "2026_11_22_1000_staff"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_records(
        "log_entry",
        ["at_us", "thread", "rule"],
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("thread", sa.Uuid(), nullable=False),
        sa.Column("amends", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("turn", sa.String(160), nullable=True),
        sa.Column("unit", sa.String(64), nullable=True),
        sa.Column("tags", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("equipment", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("on_shift", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("readings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("entered", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("alarm", sa.Uuid(), nullable=True),
        sa.Column("rule", sa.String(160), nullable=True),
        sa.Column("raised", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.UniqueConstraint("entry", name="uq_log_entry_entry"),
        sa.UniqueConstraint("alarm", name="uq_log_entry_alarm"),
    )
    create_records(
        "log_photo",
        [],
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.UniqueConstraint("entry", "sha256", name="uq_log_photo_entry_sha256"),
    )


def downgrade() -> None:
    for table in ("log_photo", "log_entry"):
        op.drop_table(table)
