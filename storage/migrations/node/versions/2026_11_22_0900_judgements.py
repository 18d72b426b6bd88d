"""judged results, hours and days"""

revision = "2026_11_22_0900_judgements"
down_revision = "2026_11_21_1500_sent_again"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
