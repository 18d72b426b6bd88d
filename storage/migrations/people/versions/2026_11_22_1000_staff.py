"""staff, crews, posts, the roster and what is signed"""

revision = "2026_11_22_1000_staff"
down_revision = "2026_11_22_0900_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
