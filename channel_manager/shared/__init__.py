"""Leaves: what every part may use and what uses nothing of ours."""
