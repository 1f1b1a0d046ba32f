"""What agrees, what does not, and what becomes of it. Pure."""
