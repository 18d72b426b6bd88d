"""staff, crews, posts, the roster and what is signed"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import create_records

revision = "2026_11_22_1000_staff"
down_revision = "2026_11_22_0900_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_records(
        "staff",
        ["person"],
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("qualifications", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
    )
    create_records(
        "crew",
        ["crew"],
        sa.Column("crew", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name_zh", sa.String(64), nullable=False),
        sa.Column("name_en", sa.String(64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    create_records(
        "post",
        ["post"],
        sa.Column("post", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name_zh", sa.String(64), nullable=False),
        sa.Column("name_en", sa.String(64), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("qualification", sa.String(32), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    create_records(
        "crew_member",
        ["membership", "person"],
        sa.Column("membership", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("crew", sa.Uuid(), nullable=False),
        sa.Column("post", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
    )
    create_records(
        "shift_pattern",
        ["pattern"],
        sa.Column("pattern", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name_zh", sa.String(64), nullable=False),
        sa.Column("name_en", sa.String(64), nullable=False),
        sa.Column("shifts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cycle", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("crews", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("anchor", sa.Date(), nullable=False),
    )
    create_records(
        "roster_publication",
        ["to_day"],
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("pattern", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
    )
    create_records(
        "roster_entry",
        ["start_us", "person start_us", "supersedes"],
        sa.Column("publication", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shift", sa.String(16), nullable=False),
        sa.Column("shift_zh", sa.String(64), nullable=False),
        sa.Column("shift_en", sa.String(64), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("crew", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("post", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("request", sa.Uuid(), nullable=True),
    )
    create_records(
        "leave_request",
        ["person from_us"],
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("to_us", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=True),
        sa.Column("in_return", sa.Uuid(), nullable=True),
        sa.Column("substitute", sa.Uuid(), nullable=True),
        sa.Column("leave_kind", sa.String(16), nullable=True),
    )
    create_records(
        "leave_decision",
        [],
        sa.Column("request", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.UniqueConstraint("request", "step", name="uq_leave_decision_request_step"),
    )
    create_records(
        "attendance_event",
        ["person at_us", "entry", "at_us"],
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("settles", sa.String(16), nullable=True),
    )
    _once("roster_entry", "supersedes", "withdraw")
    op.execute(_ON_SHIFT_TURNS)


def _once(table: str, column: str, action: str) -> None:
    """Keep an action once: an entry is withdrawn once."""
    where = sa.text(f"action = '{action}'")
    name = f"uq_{table}_{action}"
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.execute("DROP VIEW on_shift_turns")
    for table in (
        "attendance_event", "leave_decision", "leave_request", "roster_entry", "roster_publication",
        "shift_pattern", "crew_member", "post", "crew", "staff",
    ):  # fmt: skip
        op.drop_table(table)


# For Grafana: who stands on the roster as it is known now, and what was signed; the newest by the order of
# the ledger, which no clock that is set back changes.
_ON_SHIFT_TURNS = """
CREATE VIEW on_shift_turns AS
SELECT
    entry.plant, entry.start_us, entry.end_us, entry.day, entry.shift_zh, entry.shift_en,
    crew.name_zh AS crew_zh, crew.name_en AS crew_en, post.name_zh AS post_zh, post.name_en AS post_en,
    staff.number, named.text AS name,
    COALESCE(
        (SELECT event.at_us FROM attendance_event event
            WHERE event.entry = entry.id AND event.settles = 'sign_in'
            ORDER BY event.seq DESC LIMIT 1),
        (SELECT MIN(event.at_us) FROM attendance_event event
            WHERE event.entry = entry.id AND event.action = 'sign_in')
    ) AS signed_in_us,
    COALESCE(
        (SELECT event.at_us FROM attendance_event event
            WHERE event.entry = entry.id AND event.settles = 'sign_out'
            ORDER BY event.seq DESC LIMIT 1),
        (SELECT MAX(event.at_us) FROM attendance_event event
            WHERE event.entry = entry.id AND event.action = 'sign_out' AND NOT EXISTS (
                SELECT 1 FROM attendance_event back WHERE back.entry = entry.id
                    AND back.action = 'sign_in' AND back.seq > event.seq))
    ) AS signed_out_us
FROM roster_entry entry
LEFT JOIN crew ON crew.id = (
    SELECT version.id FROM crew version WHERE version.crew = entry.crew
    ORDER BY version.seq DESC LIMIT 1)
LEFT JOIN post ON post.id = (
    SELECT version.id FROM post version WHERE version.post = entry.post
    ORDER BY version.seq DESC LIMIT 1)
LEFT JOIN staff ON staff.id = (
    SELECT version.id FROM staff version
    WHERE version.person = entry.person AND version.valid_from <= entry.day
    ORDER BY version.valid_from DESC, version.seq DESC LIMIT 1)
LEFT JOIN record_text named ON named.record = staff.id AND named.field = 'name'
WHERE entry.action = 'assign' AND NOT EXISTS (
    SELECT 1 FROM roster_entry later WHERE later.supersedes = entry.id AND later.action = 'withdraw')
"""
