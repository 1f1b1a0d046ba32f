"""Users, their roles, and what each may see."""
