"""Finding plugins, asking them once what they offer, and reading and writing values of their kinds."""
