"""Refusals of a cart: they can pass by themselves once the merchant changes the shop (observed §1, §1.2)."""

import re
from dataclasses import replace

from channel_manager.connectors.adobe_commerce import refusals
from channel_manager.connectors.adobe_commerce.errors import BUSY_CART, SIDE, Explain, Problem
from channel_manager.shared.errors import About, Postponed
from channel_manager.shared.sentences import Sentence, say

_FIELD = re.compile(r'"(\w+)" (?:is|cannot)|for the "?(\w+)"? field')


def product(sku: str) -> Explain:
    """Whatever the shop has against this product; an unknown cart stays NotFound."""

    def explain(status: int, problem: Problem) -> Postponed | None:
        if status == 404 and not problem.says("The product that was requested"):
            return None
        sentence = replace(refusals.product(problem.template), values={"sku": sku, "said": problem.words})
        return _postponed(sentence, status, problem, field="sku", about=refusals.about_product(problem.template))

    return explain


def address(status: int, problem: Problem) -> Postponed | None:
    if status != 400:
        return None
    if refusals.placing(problem.template):
        return placing(status, problem)
    match = _FIELD.search(problem.words)
    field = (match[1] or match[2]) if match else ""
    if field:
        sentence = say(
            "Commerce refuses the address because of %(field)s: %(said)s Correct it here, or make the field optional "
            "for the channel's store view; the order then goes on by itself.",
            field=field,
            said=problem.words,
        )
    else:
        sentence = say(
            "Commerce refuses the address: %(said)s Correct it here, or loosen the rule for the channel's store view; "
            "the order then goes on by itself.",
            said=problem.words,
        )
    return _postponed(sentence, status, problem, field=field, about=About.ADDRESS)


def placing(status: int, problem: Problem) -> Postponed | None:
    if status != 400 or problem.says(BUSY_CART):
        return None
    sentence = refusals.placing(problem.template)
    if sentence is None:
        return None
    told = replace(sentence, values={"said": problem.words})
    return _postponed(told, status, problem, about=refusals.about_placing(problem.template))


def _postponed(
    sentence: Sentence, status: int, problem: Problem, *, field: str = "", about: About | None = None
) -> Postponed:
    return Postponed(sentence, side=SIDE, status=status, said=problem.words, field=field, about=about)
