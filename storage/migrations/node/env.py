"""Alembic's entry for the node store; `storage.migrate` hands it the connection."""

from alembic import context

from storage.schema import node_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=node_metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
