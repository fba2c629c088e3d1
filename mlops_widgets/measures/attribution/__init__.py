"""What each player of a game contributes, by Shapley's value and by local surrogates: masks and arrays → numbers."""
