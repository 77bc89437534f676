"""Which partners the database was filled with."""

NAME = "m005_partners_of_the_database"
SQL = """
CREATE TABLE partners (
    name TEXT PRIMARY KEY,
    url TEXT NOT NULL
)
"""
