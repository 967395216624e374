"""Configuration: a TOML file or keyword arguments into Settings, checked whole before anything opens."""
