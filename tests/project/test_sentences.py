"""Every sentence can be found by a message extractor: its template is written where it is said."""

import ast
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[2] / "channel_manager"
MARKERS = {"say", "_", "gettext", "gettext_lazy", "ngettext", "pgettext", "pgettext_lazy"}
# Where a stored sentence is turned into the reader's language, and where an error takes plain words as a sentence.
TRANSLATORS = {"shared/sentences.py", "web/jinja.py", "shared/errors.py"}


FILES = [
    file
    for file in sorted(PRODUCT.rglob("*.py"))
    if str(file.relative_to(PRODUCT)) not in TRANSLATORS and file.relative_to(PRODUCT).parts[0] != "cli"
]


def calls(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in MARKERS:
                yield node


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PRODUCT)))
def test_templates_are_literals(file):
    unreadable = [
        node.lineno
        for node in calls(file)
        if not (node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))
    ]
    assert unreadable == []


def test_a_sentence_that_is_given_values_has_them_all():
    wrong = []
    for file in FILES:
        for node in calls(file):
            named = {keyword.arg for keyword in node.keywords}
            if getattr(node.func, "id", "") == "say" and named and None not in named:
                try:
                    node.args[0].value % dict.fromkeys(named, "x")
                except (KeyError, ValueError, TypeError) as error:
                    wrong.append((file.name, node.lineno, str(error)))
    assert wrong == []
