"""One verb-named function per thing the system does. `via` carries the collaborators, `now` the time (aware UTC).

A use case never keeps a transaction open while it talks to a partner.
"""
