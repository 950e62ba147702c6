"""A synthetic alert goes the whole way once a minute, in a center of its own that the real one cannot see."""

from .turns import Synthetic

__all__ = ["Synthetic"]
