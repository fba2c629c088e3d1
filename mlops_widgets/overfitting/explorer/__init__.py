"""The live faces of this pitfall's strategies: what the browser can't recompute is run again here."""
