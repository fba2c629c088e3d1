"""Contracts of other tools: pandera, the Open Data Contract Standard. Nothing in a text that is read is ever run."""
