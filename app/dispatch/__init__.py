"""The rules of dispatch as pure functions of (board, command, time, ground)."""
