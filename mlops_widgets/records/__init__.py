"""What must never be lost or altered: one append-only store behind every ledger and log."""
