"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

__all__: list[str] = []
