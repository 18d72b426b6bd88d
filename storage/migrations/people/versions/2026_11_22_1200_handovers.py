"""handovers and their signatures"""

revision = "2026_11_22_1200_handovers"
down_revision = "2026_11_22_1100_logbook"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
