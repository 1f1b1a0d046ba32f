"""How rows and files fail (walmart-api §4.5). Three codes are known from the field; `OTHER` stands for all the rest."""

from channel_simulators.walmart.feeds.state import Fault

LOCKED = "ERR_EXT_DATA_0101211"
TAKEN = "ERR_EXT_DATA_0101119"
STRUCTURE = "ERR_EXT_DATA_0503009"
OTHER = "ERR_EXT_DATA_0101000"


class RowFailed(Exception):
    def __init__(self, field: str, description: str, code: str = OTHER) -> None:
        super().__init__(description)
        self.fault = Fault(type="DATA_ERROR", code=code, description=description, field=field)


def structure(description: str) -> Fault:
    return Fault(type="DATA_ERROR", code=STRUCTURE, description=description)
