"""A clockhand job that fails when a disk is nearly full."""
