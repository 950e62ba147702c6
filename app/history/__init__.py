"""The history that other centers' systems kept: read by a map, counted row by row, told with our own definitions."""
