"""The installation under test: its processes, how they are begotten and killed, and what the dead held."""
