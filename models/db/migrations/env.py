"""How Alembic reaches our database: always through `models.db.migrate`."""

from alembic import context
from sqlmodel import SQLModel

import models.db.every  # noqa: F401

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
