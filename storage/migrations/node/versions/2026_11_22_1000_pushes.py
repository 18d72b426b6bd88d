"""Pushes on their way to people, each attempt, links, and the node's own copy of who is on duty."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1000_pushes"
down_revision = "2026_11_22_0900_judgements"
branch_labels = None
depends_on = None

_TABLES = ("duty_copied", "duty_contact", "duty_copy", "push_cursor", "push_link", "push_attempt", "push")


def upgrade() -> None:
    _create_outbox()
    op.create_table(
        "push_link",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("push", sa.Uuid, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_push_link"),
        sa.ForeignKeyConstraint(["push"], ["push.id"], name="fk_push_link_push"),
    )
    op.create_index("ix_push_link_expires_us", "push_link", ["expires_us"])
    op.create_table(
        "push_cursor",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("journal_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_push_cursor"),
        sa.CheckConstraint("id = 1", name="ck_push_cursor_one_row"),
    )
    _create_duty()


def _create_outbox() -> None:
    sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "push",
        sa.Column("number", sequence, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("occurrence", sa.Uuid, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(36), nullable=False),
        sa.Column("rule", sa.String(128), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("person", sa.Uuid),
        sa.Column("account_id", sa.Uuid),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("waits", sa.Boolean(name="waits"), nullable=False),
        sa.Column("under", sa.Uuid),
        sa.Column("title", sa.Text),
        sa.Column("body", sa.Text),
        sa.Column("settled_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_push"),
        sa.UniqueConstraint("id", name="uq_push_id"),
        sa.UniqueConstraint("occurrence", "step", "recipient", name="uq_push_occurrence_step_recipient"),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("state", ["state"]),
        ("waits", ["waits"]),
        ("recipient_created_us", ["recipient", "created_us"]),
        ("under", ["under"]),
    ):
        op.create_index(f"ix_push_{name}", "push", columns)
    op.create_table(
        "push_attempt",
        sa.Column("id", sequence, nullable=False),
        sa.Column("push", sa.Uuid, nullable=False),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("target_kind", sa.String(32), nullable=False),
        sa.Column("began_us", sa.BigInteger, nullable=False),
        sa.Column("took_ms", sa.BigInteger),
        sa.Column("outcome", sa.String(16)),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_push_attempt"),
        sa.ForeignKeyConstraint(["push"], ["push.id"], name="fk_push_attempt_push"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_push_attempt_push", "push_attempt", ["push"])


def _create_duty() -> None:
    op.create_table(
        "duty_copy",
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("start_us", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("step", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("end_us", sa.BigInteger, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("person", "start_us", "step", name="pk_duty_copy"),
    )
    op.create_index("ix_duty_copy_end_us", "duty_copy", ["end_us"])
    op.create_table(
        "duty_contact",
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("targets", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_duty_contact"),
    )
    op.create_table(
        "duty_copied",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("through_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_duty_copied"),
        sa.CheckConstraint("id = 1", name="ck_duty_copied_one_row"),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
