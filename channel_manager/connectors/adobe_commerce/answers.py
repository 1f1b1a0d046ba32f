"""A success whose content cannot be understood: refused where it was read, to be looked up where something was done."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from channel_manager.connectors.adobe_commerce.errors import SIDE
from channel_manager.connectors.adobe_commerce.mapping.reading import UnreadableAnswer
from channel_manager.shared.errors import Ambiguous, Rejected, Unavailable
from channel_manager.shared.sentences import say

Given = ParamSpec("Given")
Result = TypeVar("Result")


def reads(call: Callable[Given, Coroutine[Any, Any, Result]]) -> Callable[Given, Coroutine[Any, Any, Result]]:
    """Raises Rejected for a document that cannot be understood: asking again brings the same one."""

    @wraps(call)
    async def understood(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return await call(*args, **kwargs)
        except UnreadableAnswer as error:
            if not error.path:
                raise Unavailable(
                    say("Commerce answered with something else than what was asked for. It is asked again by itself."),
                    side=SIDE,
                ) from error
            sentence = say(
                "Commerce answers in a form that cannot be understood: %(path)s is missing or wrong. Look at the "
                "document in Commerce and report it.",
                path=error.path,
            )
            raise Rejected(sentence, side=SIDE, field=error.path) from error

    return understood


def writes(call: Callable[Given, Coroutine[Any, Any, Result]]) -> Callable[Given, Coroutine[Any, Any, Result]]:
    """Raises Ambiguous for a success that does not say what was made."""

    @wraps(call)
    async def understood(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return await call(*args, **kwargs)
        except UnreadableAnswer as error:
            sentence = say(
                "Commerce accepted this and answered in a form that cannot be understood: %(path)s is missing or "
                "wrong. It is looked up before it is repeated.",
                path=error.path or "-",
            )
            raise Ambiguous(sentence, side=SIDE, field=error.path) from error

    return understood


def listed(answer: Any) -> list[Any]:
    """The items of a list, which may be null."""
    items = answer.get("items", ()) if isinstance(answer, dict) else ()
    if items is None:
        return []
    if isinstance(items, list):
        return items
    raise UnreadableAnswer("")
