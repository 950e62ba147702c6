"""What is sealed with the center's own key and belongs to no alert: by its kind, where it stands."""

from .keys import Column
from .tables import flags, push_subscriptions, totp, unit_places

STATION = "station"
"""The true place of a sealed unit."""
TOTP = "totp"
"""The secret of a person's authenticator app."""
PUSH = "push subscription"
"""Where a session's device hears web push."""
NOTE = "flag note"
"""What an auditor wrote to a flag."""

OWN = {
    STATION: Column(table=unit_places, row="unit", sealed="sealed"),
    TOTP: Column(table=totp, row="person", sealed="sealed"),
    PUSH: Column(table=push_subscriptions, row="session", sealed="sealed"),
    NOTE: Column(table=flags, row="id", sealed="note"),
}
"""Everything that `Sealer.seal_own` seals, by its kind. What is not named here is neither rotated nor verified; a
column that `needs_its_key` keeps the version it is under from being destroyed."""
