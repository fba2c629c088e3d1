"""The green dashboard: AUC stays where it was while the money is lost; on made-up loans, or on one's own study."""
