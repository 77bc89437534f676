"""The only place that knows SQL: one verb-named function a query, each taking the connection it runs on.

Queries use what SQLite and PostgreSQL share: named parameters, ON CONFLICT, RETURNING.
"""
