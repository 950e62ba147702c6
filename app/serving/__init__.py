"""One process that serves, and several of them forked from one that has imported everything."""
