"""Names as small whole numbers, so that millions of them are compared at once."""


class Codes:
    """A number for each name, from 0, in the order in which they first came. It only grows: what was coded before
    keeps its number, so whoever reads older numbers may go on while others are added."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self.names: list[str] = []

    def __len__(self) -> int:
        return len(self.names)

    def of(self, name: str) -> int:
        """The name's number, a new one if it has none."""
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self.names)
            self.names.append(name)
        return code
