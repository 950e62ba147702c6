"""Faults against the real system: processes killed, lines cut, a standby promoted, and what was promised compared.

It stands outside: it starts the service's programs, talks HTTP and websocket like a stranger, writes down what it
was answered, and only afterwards looks into the database.
"""
