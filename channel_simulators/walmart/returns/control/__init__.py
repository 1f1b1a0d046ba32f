"""The side door of returns: open one as a buyer does, let it travel, look at the facts."""
