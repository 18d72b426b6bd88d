"""What the migration makes is what the tables say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

import operations.attendance.tables
import operations.findings.tables
import operations.handover.tables
import operations.leave.tables
import operations.logbook.tables
import operations.roster.tables
import operations.staff.tables  # noqa: F401
from storage.schema import people_metadata
from storage.unit_of_work import reading


def test_a_migrated_store_has_the_declared_tables(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, people_metadata) == []
        assert context.get_current_revision() == "2026_11_22_1300_findings"
