"""The bodies of refusals (observed §5, commerce-api §12): placeholders left in, parameters an object or a list."""

import secrets
from typing import Any

Parameters = dict[str, Any] | list[Any] | None


class ApiError(Exception):
    """Answered as JSON `{"message": …, "parameters": …}`."""

    def __init__(self, status: int, message: str, parameters: Parameters = None) -> None:
        super().__init__(message)
        self.status, self.message, self.parameters = status, message, parameters

    def body(self, parameters: str = "mixed") -> dict[str, Any]:
        """`parameters`: "mixed" as they are, "list" their values only, "object" always by name."""
        body: dict[str, Any] = {"message": self.message}
        given = _reshaped(self.parameters, parameters)
        return body if given is None else {**body, "parameters": given}


class SeveralErrors(ApiError):
    """More than one refusal of one kind (commerce-api §12.1)."""

    def __init__(self, errors: list[ApiError]) -> None:
        super().__init__(400, "One or more input exceptions have occurred.")
        self.errors = errors

    def body(self, parameters: str = "mixed") -> dict[str, Any]:
        return {"message": self.message, "errors": [error.body(parameters) for error in self.errors]}


def _reshaped(parameters: Parameters, shape: str) -> Parameters:
    if shape == "list" and isinstance(parameters, dict):
        return list(parameters.values())
    if shape == "object" and isinstance(parameters, list):
        return {str(n): value for n, value in enumerate(parameters, 1)}
    return parameters


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


def required(*fields: str) -> ApiError:
    message = '"%fieldName" is required. Enter and try again.'
    errors = [ApiError(400, message, {"fieldName": field}) for field in fields]
    return errors[0] if len(errors) == 1 else SeveralErrors(errors)


def unsupported(field: str) -> ApiError:
    message = '"%fieldName" is not supported. Correct the field name and try again.'
    return ApiError(400, message, {"fieldName": field})


def wrong_type(value: object, kind: str) -> ApiError:
    """As PHP's type processor refuses a value."""
    message = 'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.'
    return ApiError(400, message, {"value": value, "type": kind})


def internal() -> ApiError:
    report = f"webapi-{secrets.token_hex(6)}"
    return ApiError(500, f"Internal Error. Details are available in Magento log file. Report ID: {report}")


def invalid_document(kind: str, *lines: str) -> ApiError:
    """`kind`: Shipment, Invoice or Creditmemo."""
    return ApiError(400, "\n".join((f"{kind} Document Validation Error(s):", *lines)))


PRODUCT_UNKNOWN = "The product that was requested doesn't exist. Verify the product and try again."
PRODUCT_UNAVAILABLE = "Product that you are trying to add is not available."
QUANTITY_UNAVAILABLE = "The requested qty is not available"
