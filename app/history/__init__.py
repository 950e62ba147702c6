"""The history that other centers' systems kept: read by a map, counted by row, told by our own definitions."""
