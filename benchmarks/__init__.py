"""What the product costs beside the bare minimum, measured in the same run: `python -m benchmarks [--quick]`."""
