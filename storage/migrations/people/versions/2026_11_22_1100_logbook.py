"""the logbook and its handovers"""

revision = "2026_11_22_1100_logbook"
down_revision = "2026_11_22_1000_staff"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
