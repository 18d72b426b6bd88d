"""accounts, their audit and their sessions"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_0900_accounts"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(256), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("deactivated_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name_key", name="uq_account_name_key"),
    )
    op.create_table(
        "account_audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account_audit"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_audit_account_id"),
    )
    op.create_index("ix_account_audit_account_id_at_us", "account_audit", ["account_id", "at_us"])
    op.create_table(
        "account_session",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("used_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_account_session"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_session_account_id"),
    )
    op.create_index(
        "ix_account_session_account_id_kind_created_at_us",
        "account_session",
        ["account_id", "kind", "created_at_us"],
    )
    op.create_index("ix_account_session_expires_at_us", "account_session", ["expires_at_us"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("account_session")
    op.drop_table("account_audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("account")


_APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER account_audit_no_{word} BEFORE {word} ON account_audit
        BEGIN SELECT RAISE(ABORT, 'account_audit is append-only'); END"""
        for word in ("update", "delete")
    ],
    "postgresql": [
        """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
        """CREATE TRIGGER account_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_audit
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ],
}
