"""What a visitor's or a partner's way through the product costs, beside its floor.

The floor of a path is a bare Flask handler behind the same server (`vendor_app.server.serve`: granian, the gateway, the threads).
It says the same statements to SQLite with the same pragmas and as many commits, asks the same partner as often, and answers with
as many bytes. Product and floor are measured in turns, so that what else runs on the machine meets both.
"""
