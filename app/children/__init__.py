"""Programs the service starts by itself and watches: its own PostgreSQL and its own OSRM."""
