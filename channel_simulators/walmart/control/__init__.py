"""The side door: place orders as a buyer, act as Walmart, move the clock, ask for faults."""
