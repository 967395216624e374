"""Jobs and history of a clockhand scheduler, kept in memory."""
