"""A mechanism, how it is taken out alone, and the tests that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """`text` stands exactly once in `file`, a path from the project's folder."""

    file: str
    text: str
    instead: str = ""

    def applied_to(self, source: str) -> str:
        """Raises ValueError when it does not apply to exactly one place."""
        if (found := source.count(self.text)) != 1:
            raise ValueError(f"{self.file} has {found} times: {self.text!r}")
        return source.replace(self.text, self.instead)

    @property
    def changes_tables(self) -> bool:
        return "/migrations/" in self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """`protects` completes “without it …”. All of `tests`, as pytest names them, fail without it."""

    name: str
    protects: str
    removal: Removal
    tests: tuple[str, ...]
