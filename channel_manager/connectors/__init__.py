"""Talking to platforms. No Django, no models of ours."""
