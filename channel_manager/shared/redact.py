"""Nothing secret and nobody's personal data leaves through logs, attempts or pages."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "•••"
SECRET_HEADERS = {"authorization", "wm_sec.access_token", "cookie", "set-cookie", "x-api-key"}
SECRET_KEYS = re.compile(r"secret|password|token|authorization|credential|protect_code", re.IGNORECASE)
PERSONAL_KEYS = {
    "address1",
    "address2",
    "buyerid",
    "company",
    "customer_dob",
    "customer_email",
    "customer_firstname",
    "customer_lastname",
    "customer_middlename",
    "customer_taxvat",
    "customeremailid",
    "customername",
    "dayphone",
    "email",
    "emailid",
    "fax",
    "firstname",
    "labelimageurl",
    "lastname",
    "middlename",
    "phone",
    "remote_ip",
    "street",
    "telephone",
    "vat_id",
    "x_forwarded_for",
}
PERSONAL_INSIDE = {"postaladdress", "pickuppersons"}
# Bounded, so that no text makes the search slow.
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,255}")


def headers(values: Mapping[str, str]) -> dict[str, str]:
    return {name: MASK if name.lower() in SECRET_HEADERS else value for name, value in values.items()}


def body(data: Any, *, personal: bool = False) -> Any:
    """A copy of a JSON value with secrets and personal data replaced by a mask. `personal` masks a `name` as well."""
    if isinstance(data, Mapping):
        return {key: _member(str(key), value, personal=personal) for key, value in data.items()}
    if isinstance(data, list):
        return [body(item, personal=personal) for item in data]
    return text(data) if isinstance(data, str) else data


def text(value: str) -> str:
    return EMAIL.sub(MASK, value) if "@" in value else value


def _member(key: str, value: Any, *, personal: bool) -> Any:
    lowered = key.lower()
    if SECRET_KEYS.search(key) or lowered in PERSONAL_KEYS or (personal and lowered == "name"):
        return MASK if value else value
    return body(value, personal=personal or lowered in PERSONAL_INSIDE)
