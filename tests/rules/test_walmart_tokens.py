import asyncio

import pytest

from channel_manager.connectors.walmart.auth import Account, Token, TokenCache
from channel_manager.shared.errors import Misconfigured

ALICE = Account("https://walmart.test", "alice", "secret")


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Endpoint:
    """Issues token-1, token-2 and so on; `seconds` is what it says of their life."""

    def __init__(self, seconds=900, failure=None):
        self.asked = 0
        self.seconds = seconds
        self.failure = failure

    async def __call__(self, account):
        self.asked += 1
        number = self.asked
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return Token(f"token-{number}", self.seconds)


async def test_twenty_callers_share_one_request():
    cache, endpoint = TokenCache(), Endpoint()
    found = await asyncio.gather(*(cache.token(ALICE, endpoint) for _ in range(20)))
    assert (set(found), endpoint.asked) == ({"token-1"}, 1)


async def test_a_failure_reaches_every_caller_and_is_not_kept():
    cache, endpoint = TokenCache(), Endpoint(failure=Misconfigured("no"))
    found = await asyncio.gather(*(cache.token(ALICE, endpoint) for _ in range(5)), return_exceptions=True)
    assert ({type(error) for error in found}, endpoint.asked) == ({Misconfigured}, 1)
    endpoint.failure = None
    assert await cache.token(ALICE, endpoint) == "token-2"


@pytest.mark.parametrize(("seconds", "fresh_until"), [(900, 840), (30, 15)])
async def test_a_token_is_renewed_before_it_expires(seconds, fresh_until):
    clock, endpoint = Clock(), Endpoint(seconds)
    cache = TokenCache(clock)
    await cache.token(ALICE, endpoint)
    clock.now += fresh_until - 1
    assert await cache.token(ALICE, endpoint) == "token-1"
    clock.now += 1
    assert await cache.token(ALICE, endpoint) == "token-2"


async def test_a_refused_token_is_forgotten_unless_renewed_meanwhile():
    cache, endpoint = TokenCache(), Endpoint()
    refused = await cache.token(ALICE, endpoint)
    cache.discard(ALICE, refused)
    assert await cache.token(ALICE, endpoint) == "token-2"
    cache.discard(ALICE, refused)
    assert await cache.token(ALICE, endpoint) == "token-2"


async def test_a_cancelled_caller_does_not_take_the_token_from_the_others():
    cache, endpoint = TokenCache(), Endpoint()
    first, second = (asyncio.create_task(cache.token(ALICE, endpoint)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "token-1"


async def test_another_secret_is_another_account():
    cache, endpoint = TokenCache(), Endpoint()
    await cache.token(ALICE, endpoint)
    assert await cache.token(Account("https://walmart.test", "alice", "changed"), endpoint) == "token-2"


def test_one_cache_serves_several_event_loops():
    cache, endpoint = TokenCache(), Endpoint()
    assert [asyncio.run(cache.token(ALICE, endpoint)) for _ in range(2)] == ["token-1", "token-1"]


def test_a_secret_is_not_shown():
    assert "secret" not in repr(ALICE)
    assert "token-1" not in repr(Token("token-1", 900))
