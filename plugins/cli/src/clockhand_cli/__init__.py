"""The `clockhand` command."""
