"""Sentences: kept with their values, said in a language, one inside another."""

import json

import pytest

from channel_manager.shared.sentences import Sentence, say, together

CHINESE = {
    "Units canceled: %(units)s. Reason: %(reason)s.": "已取消 %(units)s 件。原因：%(reason)s。",
    "The item is out of stock": "缺貨",
}


def chinese(template):
    return CHINESE.get(template, template)


@pytest.fixture
def cancelled():
    return say("Units canceled: %(units)s. Reason: %(reason)s.", units=2, reason=say("The item is out of stock"))


def test_values_are_put_into_the_template(cancelled):
    assert str(cancelled) == "Units canceled: 2. Reason: The item is out of stock."


def test_a_sentence_inside_another_is_translated_too(cancelled):
    assert cancelled.translated(chinese) == "已取消 2 件。原因：缺貨。"


def test_what_was_kept_reads_the_same(cancelled):
    kept = json.loads(json.dumps(cancelled.as_json()))
    assert Sentence.from_json(kept) == cancelled
    assert Sentence.from_json(kept).translated(chinese) == "已取消 2 件。原因：缺貨。"


def test_several_are_listed():
    parts = [say("street"), say("city"), say("postcode")]
    assert str(together(parts)) == "street, city, postcode"
    assert str(together(parts[:1])) == "street"
    german = {"city": "Ort", "%(first)s, %(next)s": "%(first)s und %(next)s"}
    assert together(parts).translated(lambda text: german.get(text, text)) == "street und Ort und postcode"


def test_a_template_without_values_is_said_as_it_is():
    assert str(say("100 % of the units")) == "100 % of the units"


def test_what_a_platform_said_is_never_taken_for_a_template():
    assert say("Walmart said: %(said)s", said="The item is out of stock").translated(chinese) == (
        "Walmart said: The item is out of stock"
    )
