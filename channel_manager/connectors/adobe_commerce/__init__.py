"""A Magento Open Source or Adobe Commerce shop, through its Admin REST API."""

from channel_manager.connectors.adobe_commerce.platform import AdobeCommercePlatform, discover

__all__ = ["AdobeCommercePlatform", "discover"]
