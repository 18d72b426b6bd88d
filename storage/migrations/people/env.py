"""Alembic's entry for the people store; `storage.migrate` hands it the connection."""

from alembic import context

from storage.schema import people_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=people_metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
