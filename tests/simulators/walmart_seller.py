"""A seller's bare HTTP client for the tests of the Walmart simulator: it sends exactly what it is told."""

import base64
import http.client
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from channel_simulators.walmart.server import WalmartServer


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, Any]:
        return self.errors[0]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.json["errors"]["error"]


class Seller:
    def __init__(self, server: WalmartServer, *, client_id: str = "sandbox-client", secret: str = "sandbox-secret"):
        self.server, self.control = server, server.control
        self.basic = "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._token: str | None = None

    @property
    def token(self) -> str:
        self._token = self._token or self.ask_token().json["access_token"]
        return self._token

    def ask_token(self, **changes: str | None) -> Answer:
        headers = self.headers(Authorization=self.basic)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.send("POST", "/v3/token", "grant_type=client_credentials", changed(headers, changes))

    def headers(self, **more: str) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "WM_QOS.CORRELATION_ID": str(uuid.uuid4()),
            "WM_SVC.NAME": "Walmart Marketplace",
            "User-Agent": "tests/1.0",
            **more,
        }

    def get(self, path: str, **changes: str | None) -> Answer:
        return self.send("GET", path, None, changed(self.headers(**{"WM_SEC.ACCESS_TOKEN": self.token}), changes))

    def post(self, path: str, body: object = None, *, method: str = "POST", **changes: str | None) -> Answer:
        headers = self.headers(**{"WM_SEC.ACCESS_TOKEN": self.token})
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.send(method, path, None if body is None else json.dumps(body), changed(headers, changes))

    def send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=5)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            lowered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lowered, response.read().decode())
        finally:
            connection.close()

    def order(self, po: str, query: str = "") -> dict[str, Any]:
        return self.get(f"/v3/orders/{po}{query}").json["order"]

    def acknowledge(self, po: str) -> Answer:
        return self.post(f"/v3/orders/{po}/acknowledge")

    def ship(self, po: str, *parts: dict[str, Any], **more: Any) -> Answer:
        lines = {"orderLine": list(parts)}
        return self.post(f"/v3/orders/{po}/shipping", {"orderShipment": {"orderLines": lines, **more}})

    def cancel(self, po: str, *parts: tuple[str, int, str]) -> Answer:
        lines = [
            {
                "lineNumber": number,
                "orderLineStatuses": {
                    "orderLineStatus": [
                        {"status": "Cancelled", "cancellationReason": reason, "statusQuantity": each(quantity)}
                    ]
                },
            }
            for number, quantity, reason in parts
        ]
        return self.post(f"/v3/orders/{po}/cancel", {"orderCancellation": {"orderLines": {"orderLine": lines}}})

    def part(self, line: str, quantity: int = 1, *, current: str | None = None, **tracking: Any) -> dict[str, Any]:
        """One line of a shipment report; tracking overrides its trackingInfo, None removes a member."""
        info = {
            "shipDateTime": round(self.control.now().timestamp() * 1000),
            "carrierName": {"carrier": "UPS"},
            "methodCode": "Standard",
            "trackingNumber": "1Z999AA10123456784",
        }
        info = {name: value for name, value in {**info, **tracking}.items() if value is not None}
        entry = {"status": "Shipped", "statusQuantity": each(quantity), "trackingInfo": info}
        if current:
            entry["currentTrackingInfo"] = {"trackingNumber": current}
        return {"lineNumber": line, "orderLineStatuses": {"orderLineStatus": [entry]}}


def each(amount: int) -> dict[str, str]:
    return {"unitOfMeasurement": "EACH", "amount": str(amount)}


def statuses(order: dict[str, Any], line: int = 0) -> list[tuple[str, str]]:
    entries = order["orderLines"]["orderLine"][line]["orderLineStatuses"]["orderLineStatus"]
    return [(entry["status"], entry["statusQuantity"]["amount"]) for entry in entries]


def changed(headers: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    """Names are written with `_` where Python allows no `.` or `-`; None removes a header."""
    for name, value in changes.items():
        real = next((known for known in headers if known.replace(".", "_").replace("-", "_") == name), name)
        headers.pop(real, None)
        if value is not None:
            headers[real] = value
    return headers


@contextmanager
def seller() -> Iterator[Seller]:
    """At a server of its own."""
    with WalmartServer() as server:
        yield Seller(server)
