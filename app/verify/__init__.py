"""Whether the records are what was written: both chains, every sealed value, and the checkpoints kept outside."""

from .center_keys import learn_keys
from .findings import Finding, Verdict
from .points import Points
from .verify import verify

__all__ = ["Finding", "Points", "Verdict", "learn_keys", "verify"]
