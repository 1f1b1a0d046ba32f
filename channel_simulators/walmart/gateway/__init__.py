"""What every call passes before it reaches a resource: edge, headers, token, throttle, and the faults asked for."""
