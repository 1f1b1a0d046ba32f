"""The bodies of refusals (observed §5, commerce-api §12): placeholders left in, parameters an object or a list."""

import secrets
from typing import Any

Parameters = dict[str, Any] | list[Any] | None


class ApiError(Exception):
    """Answered as JSON `{"message": …, "parameters": …}`."""

    def __init__(self, status: int, message: str, parameters: Parameters = None) -> None:
        super().__init__(message)
        self.status, self.message, self.parameters = status, message, parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message}
        return body if self.parameters is None else {**body, "parameters": self.parameters}


class PhpError(Exception):
    """A PHP type error: 500 with one line of plain text (observed §5)."""


def unauthorized(resource: str) -> ApiError:
    return ApiError(401, "The consumer isn't authorized to access %resources.", {"resources": resource})


def not_found() -> ApiError:
    return ApiError(404, "The entity that was requested doesn't exist. Verify the entity and try again.")


def no_such(field: str, value: object) -> ApiError:
    parameters = {"fieldName": field, "fieldValue": value}
    return ApiError(404, "No such entity with %fieldName = %fieldValue", parameters)


def no_route() -> ApiError:
    return ApiError(404, "Request does not match any route.")


def required(field: str) -> ApiError:
    return ApiError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": field})


def unsupported(field: str) -> ApiError:
    message = '"%fieldName" is not supported. Correct the field name and try again.'
    return ApiError(400, message, {"fieldName": field})


def internal() -> ApiError:
    report = f"webapi-{secrets.token_hex(6)}"
    return ApiError(500, f"Internal Error. Details are available in Magento log file. Report ID: {report}")


def invalid_document(kind: str, *lines: str) -> ApiError:
    """`kind`: Shipment, Invoice or Creditmemo."""
    return ApiError(400, "\n".join((f"{kind} Document Validation Error(s):", *lines)))


PRODUCT_UNKNOWN = "The product that was requested doesn't exist. Verify the product and try again."
PRODUCT_UNAVAILABLE = "Product that you are trying to add is not available."
QUANTITY_UNAVAILABLE = "The requested qty is not available"
