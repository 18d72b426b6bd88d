"""findings, slips and what became of them"""

revision = "2026_11_22_1300_findings"
down_revision = "2026_11_22_1200_handovers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
