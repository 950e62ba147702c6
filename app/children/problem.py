"""What this room says when a program cannot be started, used or ended: a stable code and a sentence."""


class ChildError(Exception):
    """A program of ours failed; `code` never changes, `sentence` tells a person what to do.

    `output` holds the last lines the program wrote, where they help.
    """

    def __init__(self, code: str, sentence: str, *, output: str = "") -> None:
        super().__init__(f"{sentence}\n{output}" if output else sentence)
        self.code, self.sentence, self.output = code, sentence, output


class ChildEnded(ChildError):
    """A program ended without being told to (`children.ended`): it is worth another try."""


class DirectoryBusy(ChildError):
    """Another service already keeps its PostgreSQL in this directory (`children.postgres.busy`)."""


class RoadsRefused(ChildError):
    """A map file could not be made into roads; the old roads stay (`children.roads.…`)."""


class TilesRefused(ChildError):
    """What a map shows could not be made into tiles (`children.tiles.…`)."""
