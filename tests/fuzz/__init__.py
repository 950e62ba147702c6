"""Noise by the ten thousand and by the million; the short runs of it are tests, the long ones are commands."""
