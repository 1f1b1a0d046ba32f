"""The Returns page, a return's page and its credit memos."""
