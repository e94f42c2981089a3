"""The history of the bridge's tables (Alembic)."""
