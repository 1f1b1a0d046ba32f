"""What a platform is, in our words. Pure: no framework, no vendor."""
