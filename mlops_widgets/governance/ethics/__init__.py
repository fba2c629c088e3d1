"""A guideline that people edit and sign, and a checklist whose items are bound to evidence or to a signed statement."""
