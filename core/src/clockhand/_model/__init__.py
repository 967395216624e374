"""The frozen values that everything else is said in, and the protocols that they name."""
