"""Alembic's entry: runs one owner's history on the connection that :mod:`core.schema` hands over."""

from alembic import context

from core.schema import configure_alembic

configure_alembic(context)
with context.begin_transaction():
    context.run_migrations()
