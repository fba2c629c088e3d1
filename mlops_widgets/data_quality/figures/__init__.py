"""Results of chapter 4 as cards."""
