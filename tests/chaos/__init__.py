"""The real system under faults, in short: what `naranja chaos` does at length."""
