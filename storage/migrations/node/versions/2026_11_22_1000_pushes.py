"""pushes on their way to people, and each attempt"""

revision = "2026_11_22_1000_pushes"
down_revision = "2026_11_22_0900_judgements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
