"""The only place that knows SQL: one verb-named function a query, each taking the connection it runs on. A row comes out as the
dataclass beside its queries, or as the one that the domain has for it.

Queries use what SQLite and PostgreSQL share: named parameters, ON CONFLICT, RETURNING.
"""
