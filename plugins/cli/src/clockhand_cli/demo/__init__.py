"""The demonstration: jobs of every kind for a few seconds, and the proof that none was forgotten."""
