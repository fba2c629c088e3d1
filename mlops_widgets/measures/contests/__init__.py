"""Statistics of choosing among many models: who wins, and how much of that is luck."""
