"""What a merchant, or whoever hosts the shop, may have set differently."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Options:
    # Access
    bearer_allowed: bool = False  # `oauth/consumer/enable_integration_as_bearer`
    second_factor: bool = True  # refuses Admin users' tokens by password alone (commerce-api §1.4)
    admin_token_life: int = 3600  # seconds
    order_save_right: str = ""  # of `POST /V1/orders`, where a release asks for another one (observed §2.9)
    maintenance: bool = False

    # Mail
    async_mail: bool = False
    order_mail: bool = True

    # Checkout
    cart_rule_percent: float = 0
    tax_percent: float = 0
    telephone_required: bool = True
    flat_rate: float = 5
    minimum_order: float = 0  # of the subtotal; 0: none
    payment_methods: dict[str, str] = field(default_factory=lambda: {"checkmo": "Check / Money order"})
    order_validation: bool = False  # newer releases refuse thin direct orders (commerce-api §3.5 A)

    # Catalogue and stock
    price_scope: str = "global"  # or "website"
    msi: bool = True  # False: the modules of Multi-Source Inventory are removed

    # Shapes of answers
    input_limits: bool = False
    ids: str = "mixed"  # as observed §6; "numbers" or "strings" where another release answers otherwise
    parameters: str = "mixed"  # of errors, as observed §5; "list": values only; "object": always by name

    commit_delay: float = 0  # seconds between a change's timestamps and its visibility
