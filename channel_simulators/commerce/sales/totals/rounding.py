"""PHP's arithmetic of money. The shop calculates in binary floats and carries the rounding difference on within a
document, so which cent falls on which memo depends on both (observed §9 shows the results).
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal

_SIGNIFICANT = Context(prec=15, rounding=ROUND_HALF_UP)


def php_round(value: float) -> float:
    """PHP's round($value, 2): rounded first to the 15 digits a float guarantees, then half up."""
    guaranteed = _SIGNIFICANT.create_decimal(Decimal(value))
    return float(guaranteed.quantize(Decimal("0.01"), ROUND_HALF_UP))


@dataclass
class DeltaRounding:
    """One per document; `kind` separates order currency from base currency."""

    deltas: dict[str, float] = field(default_factory=dict)

    def round(self, price: float, kind: str, *, negative: bool = False) -> float:
        if not price:
            return price
        sign = -1 if negative else 1
        price += sign * self.deltas.get(kind, 0.0)
        rounded = php_round(price)
        self.deltas[kind] = sign * (price - rounded)
        return rounded
