"""Sentences for people that are written where a fact is known and translated where they are read.

The wire and the rules know no Django and no reader's language, so they keep the English template and its values apart;
the page looks the template up in the reader's catalogue. Templates are found by the message extractor through `say`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template with `%(name)s` places, and the values for them: texts as they are, or sentences again."""

    template: str
    values: Mapping[str, "str | Sentence"] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.translated(str)

    def translated(self, gettext: Callable[[str], str]) -> str:
        """With what the catalogue has for each template."""
        values = {
            name: value if isinstance(value, str) else value.translated(gettext) for name, value in self.values.items()
        }
        return gettext(self.template) % values if values else gettext(self.template)

    def as_json(self) -> dict[str, object]:
        values = {name: value if isinstance(value, str) else value.as_json() for name, value in self.values.items()}
        return {"template": self.template, "values": values}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Sentence":
        values = data.get("values") or {}
        assert isinstance(values, Mapping)
        return cls(str(data["template"]), {str(name): _value(value) for name, value in values.items()})


def say(template: str, **values: object) -> Sentence:
    return Sentence(template, {name: _value(value) for name, value in values.items()})


def together(sentences: Sequence[Sentence]) -> Sentence:
    """One after the other, as a list of at least one."""
    return reduce(lambda first, next_: say("%(first)s, %(next)s", first=first, next=next_), sentences)


def _value(value: object) -> str | Sentence:
    if isinstance(value, Mapping):
        return Sentence.from_json(value)
    return value if isinstance(value, Sentence) else str(value)
