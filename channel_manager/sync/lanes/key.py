"""A lane is one store's endpoint family on one platform: what is delivered, limited and blocked together."""

from dataclasses import dataclass

from channel_manager.ports.messages import Platform


@dataclass(frozen=True, slots=True, order=True)
class LaneKey:
    store_id: int
    platform: Platform
    family: str

    def __str__(self) -> str:
        return f"{self.store_id}:{self.platform}:{self.family}"

    @classmethod
    def parse(cls, text: str) -> "LaneKey":
        store_id, platform, family = text.split(":", 2)
        return cls(int(store_id), Platform(platform), family)
