"""who is on shift by the order of the ledger, which no clock that is set back changes"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1400_order"
down_revision = "2026_11_22_1300_findings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _view("{0}.seq DESC")


def downgrade() -> None:
    _view("{0}.recorded_us DESC, {0}.seq DESC")


def _view(newest: str) -> None:
    event, version = newest.format("event"), newest.format("version")
    if op.get_bind().dialect.name == "postgresql":
        # Whoever was granted to read it goes on reading it.
        op.execute(sa.text(f"CREATE OR REPLACE VIEW {_on_shift_turns(event, version)}"))
        return
    op.execute(sa.text("DROP VIEW on_shift_turns"))
    op.execute(sa.text(f"CREATE VIEW {_on_shift_turns(event, version)}"))


def _on_shift_turns(event: str, version: str) -> str:
    return f"""on_shift_turns AS
SELECT
    entry.plant, entry.start_us, entry.end_us, entry.day, entry.shift_zh, entry.shift_en,
    crew.name_zh AS crew_zh, crew.name_en AS crew_en, post.name_zh AS post_zh, post.name_en AS post_en,
    staff.number, named.text AS name,
    COALESCE(
        (SELECT event.at_us FROM attendance_event event
            WHERE event.entry = entry.id AND event.settles = 'sign_in'
            ORDER BY {event} LIMIT 1),
        (SELECT MIN(event.at_us) FROM attendance_event event
            WHERE event.entry = entry.id AND event.action = 'sign_in')
    ) AS signed_in_us,
    COALESCE(
        (SELECT event.at_us FROM attendance_event event
            WHERE event.entry = entry.id AND event.settles = 'sign_out'
            ORDER BY {event} LIMIT 1),
        (SELECT MAX(event.at_us) FROM attendance_event event
            WHERE event.entry = entry.id AND event.action = 'sign_out' AND NOT EXISTS (
                SELECT 1 FROM attendance_event back WHERE back.entry = entry.id
                    AND back.action = 'sign_in' AND back.seq > event.seq))
    ) AS signed_out_us
FROM roster_entry entry
LEFT JOIN crew ON crew.id = (
    SELECT version.id FROM crew version WHERE version.crew = entry.crew
    ORDER BY {version} LIMIT 1)
LEFT JOIN post ON post.id = (
    SELECT version.id FROM post version WHERE version.post = entry.post
    ORDER BY {version} LIMIT 1)
LEFT JOIN staff ON staff.id = (
    SELECT version.id FROM staff version
    WHERE version.person = entry.person AND version.valid_from <= entry.day
    ORDER BY version.valid_from DESC, {version} LIMIT 1)
LEFT JOIN record_text named ON named.record = staff.id AND named.field = 'name'
WHERE entry.action = 'assign' AND NOT EXISTS (
    SELECT 1 FROM roster_entry later WHERE later.supersedes = entry.id AND later.action = 'withdraw')
"""
