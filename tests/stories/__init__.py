"""Stories: the real service, real sockets, a real PostgreSQL, and a clock that the test moves."""
