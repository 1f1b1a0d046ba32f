"""The commands of `channel-manager`."""
