"""Real worker processes under a seeded schedule of faults, and a comparison of whole states afterwards."""
