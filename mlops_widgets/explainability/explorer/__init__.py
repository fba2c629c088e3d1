"""The live faces of this pitfall."""
