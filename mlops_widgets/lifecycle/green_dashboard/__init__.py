"""The experiment: a dashboard that stays green while the desk loses money."""
