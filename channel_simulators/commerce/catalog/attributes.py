"""Product attributes, their options and sets (commerce-api §9.4, §9.5)."""

import re
from typing import Any

from channel_simulators.commerce.call import Call, integer
from channel_simulators.commerce.catalog import rows
from channel_simulators.commerce.store.attributes import defined
from channel_simulators.commerce.store.columns import Row
from channel_simulators.commerce.store.entities import Attribute
from channel_simulators.commerce.store.state import State
from channel_simulators.commerce.wire import bodies, search
from channel_simulators.commerce.wire.errors import ApiError

Json = dict[str, Any]

SETS: list[Row] = [{"attribute_set_id": 4, "attribute_set_name": "Default", "sort_order": 1, "entity_type_id": 4}]
GROUPS: list[Row] = [
    {"attribute_group_id": "7", "attribute_group_name": "Product Details", "attribute_set_id": 4},
    {"attribute_group_id": "8", "attribute_group_name": "Content", "attribute_set_id": 4},
]
_CODE = re.compile(r"^[a-zA-Z][a-zA-Z0-9_]{0,59}$")
_COLUMNS = (
    "attribute_id", "attribute_code", "frontend_input", "frontend_label", "backend_type", "is_user_defined",
    "is_required", "scope", "is_unique", "default_value", "entity_type_id", "is_visible", "is_filterable",
    "is_used_in_grid",
)  # fmt: skip


def _shown(attribute: Attribute) -> Json:
    return {**attribute.row, "options": _options(attribute), "validation_rules": []}


def _options(attribute: Attribute) -> list[Json]:
    """A select begins with an empty choice, yes/no does not."""
    first = [] if attribute.row["frontend_input"] == "boolean" else [{"label": " ", "value": ""}]
    listed = [{"label": label, "value": value} for value, label in attribute.options.items()]
    return [*first, *listed] if listed else []


def many(call: Call) -> Json:
    by_id = {attribute.row["attribute_id"]: attribute for attribute in call.state.attributes.values()}
    table = search.Table(entries=by_id, row=_search_row, columns=_COLUMNS, key="attribute_id")
    found = search.find(call.criteria(), table)
    items = [_shown(attribute) for attribute in found.entries]
    return {"items": items, "search_criteria": call.criteria().echo(), "total_count": found.total}


def _search_row(attribute: Attribute) -> Row:
    row = {name: int(value) if isinstance(value, bool) else value for name, value in attribute.row.items()}
    return row | {"frontend_label": row["default_frontend_label"]}


def _existing(state: State, code: str) -> Attribute:
    by_id = next((a for a in state.attributes.values() if str(a.row["attribute_id"]) == code), None)
    found = state.attributes.get(code) or by_id
    if found is None:
        message = 'The attribute with a "%1" attributeCode doesn\'t exist. Verify the attribute and try again.'
        raise ApiError(404, message, [code])
    return found


def one(call: Call) -> Json:
    return _shown(_existing(call.state, call.path["attributeCode"]))


def options(call: Call) -> list[Json]:
    return _options(_existing(call.state, call.path["attributeCode"]))


def add_option(call: Call) -> str:
    attribute = _existing(call.state, call.path["attributeCode"])
    given = call.member(bodies.OPTION, "option", "option")
    value = str(call.state.next("option") + 100)
    call.tx.afterwards(lambda: attribute.options.update({value: str(given.get("label"))}))
    return value


def create(call: Call) -> Json:
    """In no attribute set yet: products show it only after it was put into theirs."""
    given = call.member(bodies.ATTRIBUTE, "attribute", "attribute")
    code = str(given.get("attribute_code") or "")
    if not _CODE.match(code):
        raise ApiError(400, 'Attribute code "%1" is invalid. Please use only letters, numbers or underscore.', [code])
    if code in call.state.attributes:
        raise ApiError(400, "An attribute with this code already exists.")
    kind, scope = str(given.get("frontend_input") or "text"), str(given.get("scope") or "store")
    label = str(given.get("default_frontend_label") or code)
    attribute = defined(call.state.next("attribute") + 200, code, label, kind, scope, user_defined=True)
    attribute.row |= {name: value for name, value in given.items() if name not in ("attribute_id", "options")}
    attribute.sets = []
    call.tx.afterwards(lambda: call.state.attributes.update({code: attribute}))
    return _shown(attribute)


def delete(call: Call) -> bool:
    attribute = _existing(call.state, call.path["attributeCode"])
    if not attribute.row["is_user_defined"]:
        raise ApiError(400, "The system attribute can't be deleted.")
    call.tx.afterwards(lambda: remove(call.state, attribute.row["attribute_code"]))
    return True


def remove(state: State, code: str) -> None:
    """With the values that products had."""
    del state.attributes[code]
    for product in state.products.values():
        for values in (product.attributes, *product.store_values.values()):
            values.pop(code, None)
    state.by.product_rows.clear()  # every kept row may show it


def sets(call: Call) -> Json:
    return _listed(call, SETS, "attribute_set_id")


def groups(call: Call) -> Json:
    return _listed(call, GROUPS, "attribute_group_id")


def _listed(call: Call, known: list[Row], key: str) -> Json:
    by_id = {int(row[key]): row for row in known}
    table = search.Table(entries=by_id, row=lambda row: row, columns=tuple(known[0]), key=key)
    found = search.find(call.criteria(), table)
    return {"items": found.entries, "search_criteria": call.criteria().echo(), "total_count": found.total}


def of_set(call: Call) -> list[Json]:
    wanted = call.number("attributeSetId")
    if wanted != rows.ATTRIBUTE_SET:
        raise ApiError(404, "No such entity with %fieldName = %fieldValue", {"fieldName": "id", "fieldValue": wanted})
    return [_shown(attribute) for attribute in call.state.attributes.values() if wanted in attribute.sets]


def assign(call: Call) -> int:
    given = call.body(bodies.ASSIGN_ATTRIBUTE)
    attribute = _existing(call.state, str(given.get("attribute_code") or ""))
    wanted = integer(given.get("attribute_set_id"))
    if wanted != rows.ATTRIBUTE_SET:
        raise ApiError(
            404, 'The AttributeSet with a "%1" ID doesn\'t exist. Verify the attributeSet and try again.', [wanted]
        )
    call.tx.afterwards(lambda: attribute.sets.append(wanted) if wanted not in attribute.sets else None)
    return int(attribute.row["attribute_id"]) + 1000
