"""The durable engine: pulls, operations with attempts, delivery by lane. It knows no order."""
