"""What a database holds, byte for byte, past the store that wrote it."""

from pathlib import Path

import psycopg


def everything_stored(database_url: str) -> bytes:
    """Every byte of a SQLite database, its log included; every row of a PostgreSQL one, as text."""
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite:///"))
        return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))
    with psycopg.connect(database_url) as direct:
        names = direct.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").fetchall()
        rows = [str(row) for (name,) in names for row in direct.execute(f'SELECT t::text FROM "{name}" AS t')]
    return "\n".join(rows).encode()
