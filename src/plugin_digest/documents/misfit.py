"""What a check raises when its message must not begin with the value."""

from collections.abc import Mapping
from typing import Self


class Misfit(ValueError):  # noqa: N818 - named for what is wrong, as those in errors
    """Whole messages by the key below the checked section that they are about; ``""`` is the value itself."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self.messages = messages
        super().__init__("; ".join(messages.values()))

    @classmethod
    def here(cls, message: str) -> Self:
        """One message that does not show the value, which may hold a secret."""
        return cls({"": message})
