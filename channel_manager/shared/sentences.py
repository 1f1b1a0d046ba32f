"""Sentences for people that are written where a fact is known and translated where they are read.

The wire and the rules know no Django and no reader's language, so they keep the English template and its values apart;
the page looks the template up in the reader's catalogue. Templates are found by the message extractor through `say`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template with `%(name)s` places, and the values for them."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template

    def as_json(self) -> dict[str, object]:
        return {"template": self.template, "values": dict(self.values)}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Sentence":
        values = data.get("values") or {}
        assert isinstance(values, Mapping)
        return cls(str(data["template"]), {str(name): str(value) for name, value in values.items()})


def say(template: str, **values: object) -> Sentence:
    return Sentence(template, {name: str(value) for name, value in values.items()})
