"""Those who race: one module each, and what is the same for all of them."""
