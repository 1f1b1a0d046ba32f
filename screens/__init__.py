"""Pictures of every page, of a throw-away installation in which a fixed cast of orders has lived: `make screens`."""
