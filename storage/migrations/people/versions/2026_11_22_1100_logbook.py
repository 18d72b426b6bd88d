"""the logbook and its handovers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from storage.append_only import keep_rows

revision = "2026_11_22_1100_logbook"
down_revision = "2026_11_22_1000_staff"
branch_labels = None
depends_on = None


def _record(table: str) -> list[SchemaItem]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def upgrade() -> None:
    op.create_table(
        "log_entry",
        *_record("log_entry"),
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
    for column in ("recorded_us", "at_us", "thread", "rule"):
        op.create_index(f"ix_log_entry_{column}", "log_entry", [column])
    op.create_table(
        "log_photo",
        *_record("log_photo"),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.UniqueConstraint("entry", "sha256", name="uq_log_photo_entry_sha256"),
    )
    op.create_index("ix_log_photo_recorded_us", "log_photo", ["recorded_us"])
    keep_rows(op.get_bind(), "log_entry")
    keep_rows(op.get_bind(), "log_photo")


def downgrade() -> None:
    for table in ("log_photo", "log_entry"):
        op.drop_table(table)
