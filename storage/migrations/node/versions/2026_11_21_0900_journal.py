"""The alarm journal, its texts and the engine's state."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_0900_journal"
down_revision = None
branch_labels = None
depends_on = None

_REFUSED = {
    "alarm_journal_no_update": ("UPDATE", "alarm_journal"),
    "alarm_journal_no_delete": ("DELETE", "alarm_journal"),
    "alarm_journal_text_no_update": ("UPDATE", "alarm_journal_text"),
}


def upgrade() -> None:
    sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "alarm_journal",
        sa.Column("seq", sequence, autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("plant", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(128), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("from_state", sa.String(16), nullable=False),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("occurrence", sa.Uuid, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("text_hash", sa.LargeBinary(32)),
        sa.Column("prev_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_alarm_journal"),
        sa.UniqueConstraint("id", name="uq_alarm_journal_id"),
        sa.UniqueConstraint(
            "batch", "rule", "event", "at_us", name="uq_alarm_journal_batch_rule_event_at_us"
        ),
    )
    for column in ("rule", "tag", "at_us", "occurrence"):
        op.create_index(f"ix_alarm_journal_{column}", "alarm_journal", [column])
    op.create_table(
        "alarm_journal_text",
        sa.Column("seq", sequence, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_alarm_journal_text"),
        sa.ForeignKeyConstraint(["seq"], ["alarm_journal.seq"], name="fk_alarm_journal_text_seq"),
    )
    op.create_table(
        "alarm_state",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("evaluated_through", sa.BigInteger, nullable=False),
        sa.Column("saved_us", sa.BigInteger, nullable=False),
        sa.Column("snapshot", sa.LargeBinary, nullable=False),
        sa.Column("journal_seq", sa.BigInteger, nullable=False),
        sa.Column("journal_hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_state"),
        sa.CheckConstraint("id = 1", name="ck_alarm_state_one_row"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, (action, table) in _REFUSED.items():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {action} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    op.drop_table("alarm_state")
    op.drop_table("alarm_journal_text")
    op.drop_table("alarm_journal")
