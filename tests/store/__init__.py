"""The store on a real PostgreSQL: what it keeps, what it forbids, and what two who write at once leave behind."""
