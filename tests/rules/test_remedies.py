"""What can be done about a failure: a table that covers everything that is sent, and never leaves a person alone."""

import ast
from pathlib import Path

import pytest

from channel_manager.orders.rules import remedies
from channel_manager.orders.rules.addresses import acceptable, corrected
from channel_manager.orders.rules.remedies import ADVICE, TABLE, Remedy, remedy_for
from channel_manager.ports.messages import Address
from channel_manager.shared.errors import About, Misconfigured, Postponed, Rejected, RemoteError, Unavailable
from channel_manager.sync import failures
from channel_manager.worker.kinds import KINDS

PRODUCT = Path(__file__).resolve().parents[2] / "channel_manager"
ERRORS = {"Rejected", "Postponed", "NotFound"}


def kept(error):
    return failures.as_json(error)


@pytest.mark.parametrize(
    ("kind", "error", "expected"),
    [
        ("report_shipment", Rejected("No.", about=About.TRACKING), Remedy.TRACKING),
        ("report_shipment", Rejected("No.", about=About.CARRIER), Remedy.CARRIER),
        ("report_shipment", Rejected("No.", about=About.QUANTITY), Remedy.FEWER),
        ("report_shipment", Rejected("No.", about=About.BUYER_REQUEST), Remedy.OVERRIDE),
        ("report_shipment", Rejected("No."), Remedy.TRACKING),
        ("cancel_on_marketplace", Rejected("No.", about=About.REASON), Remedy.REASON),
        ("cancel_on_marketplace", Rejected("No.", about=About.QUANTITY), Remedy.FEWER),
        ("cancel_on_marketplace", Rejected("No."), Remedy.RESEND),
        ("create_commerce_order", Postponed("No.", about=About.SKU), Remedy.SKU),
        ("create_commerce_order", Postponed("No.", about=About.STOCK), Remedy.STOCK),
        ("create_commerce_order", Postponed("No.", about=About.ADDRESS), Remedy.ADDRESS),
        ("create_commerce_order", Misconfigured("No."), Remedy.CONNECTION),
        ("create_commerce_order", Unavailable("No."), Remedy.WAIT),
        ("create_commerce_order", ValueError("ours"), Remedy.REPORT),
        ("refund_return", Rejected("No."), Remedy.RETURN),
        ("acknowledge", Rejected("No."), Remedy.RESEND),
    ],
)
def test_what_failed_decides_what_can_be_done(kind, error, expected):
    assert remedy_for(kind, kept(error)) == expected


def test_every_remedy_says_what_to_do_and_every_row_names_a_kind_that_exists():
    assert set(ADVICE) == set(Remedy)
    assert {kind for kind, _about in TABLE} <= set(KINDS)
    assert {about for _kind, about in TABLE} <= {*About, ""}


def test_our_own_mistake_is_ours_and_can_be_reported():
    error = kept(ValueError("nothing to see"))
    assert (error["side"], error["about"]) == ("Channel Manager", "")
    assert "ValueError" in error["traceback"]


def test_the_names_of_the_errors_are_those_of_the_taxonomy():
    names = {RemoteError.__name__, *(one.__name__ for one in RemoteError.__subclasses__()), "NotFound"}
    assert set(remedies.REMOTE) == names - {"RemoteError"}


def raised(folder):
    """Every Rejected or Postponed that an operation of ours raises."""
    for file in sorted((PRODUCT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                name = getattr(node.exc.func, "id", "")
                if name in ERRORS:
                    yield f"{file.name}:{node.lineno}", {keyword.arg for keyword in node.exc.keywords}


@pytest.mark.parametrize("folder", ["orders/operations", "returns/operations"])
def test_every_refusal_says_whose_it_is(folder):
    found = list(raised(folder))
    assert found
    assert [place for place, named in found if "side" not in named] == []


ADDRESS = Address(
    name="Robin Doe", street=("1 Main St", "Apt 2"), city="Springfield", state="IL", postcode="62701", country="US"
)


def test_a_corrected_part_replaces_walmarts_and_is_noted():
    taken, adjusted = acceptable(
        ADDRESS, placeholder_phone="0000000000", corrections={"phone": "5550100", "street": "1 Main Street\nApt 2"}
    )
    assert (taken.phone, taken.street) == ("5550100", ("1 Main Street", "Apt 2"))
    assert {change["field"]: (change["before"], change["after"]) for change in adjusted} == {
        "street": ("1 Main St, Apt 2", "1 Main Street, Apt 2"),
        "phone": ("", "5550100"),
    }


def test_nothing_corrected_is_the_address_as_it_was():
    assert corrected(ADDRESS, {}) == ADDRESS
