"""Access tokens: dead after their life; a newer one does not end an older one (walmart-api §1.2)."""

import secrets
from dataclasses import dataclass

from channel_simulators.walmart.options import Options


@dataclass(frozen=True, slots=True)
class Token:
    partner_id: str
    issued_at: int
    expires_at: int


class Tokens:
    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def issue(self, partner_id: str, options: Options, now: int) -> str:
        real_life = options.token_life if options.early_token_expiry is None else options.early_token_expiry
        self._tokens = {value: token for value, token in self._tokens.items() if token.expires_at > now}
        value = "eyJraWQiOi" + secrets.token_urlsafe(96)
        self._tokens[value] = Token(partner_id, now, now + real_life * 1000)
        return value

    def find(self, value: str, now: int) -> Token | None:
        token = self._tokens.get(value)
        return token if token and token.expires_at > now else None

    def revoke(self, value: str) -> None:
        self._tokens.pop(value, None)

    def revoke_all(self) -> None:
        self._tokens.clear()
