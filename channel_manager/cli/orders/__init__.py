"""`channel-manager orders`."""
