"""What measures and compares: rows of contestants, rounds, targets, a table."""
