"""From rows to the platforms: one class an outbound intent. The table of kinds is `worker.kinds`."""
