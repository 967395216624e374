"""The turn of the loop: due, decide, start, execute, settle, tell, rest."""
