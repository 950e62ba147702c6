"""A value with some of its fields otherwise.

As `dataclasses.replace`, which asks of every field whether it may be given and sets each by itself: for the board
and what is on it, some twenty fields each and made anew with every event, that was a tenth of what deciding cost.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """`value` with `changes`; its class has no slots and nothing that is worked out when one is made."""
        made = object.__new__(type(value))
        made.__dict__.update(value.__dict__, **changes)
        return made


__all__ = ["replace"]
