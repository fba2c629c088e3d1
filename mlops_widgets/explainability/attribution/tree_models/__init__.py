"""Readers of fitted trees, one module a library: each knows how its library decides at a node and adds up leaves."""
