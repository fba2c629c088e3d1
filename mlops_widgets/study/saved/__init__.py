"""A study as text and files: the arguments that made it, `study.toml`, and what lies beside it."""
