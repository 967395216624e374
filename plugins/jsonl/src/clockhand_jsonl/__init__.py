"""History of a clockhand scheduler in append-only files, one JSON object a line."""
