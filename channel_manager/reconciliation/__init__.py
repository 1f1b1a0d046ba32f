"""Walmart, our record and Commerce compared, order by order and line by line; what can heal heals."""
