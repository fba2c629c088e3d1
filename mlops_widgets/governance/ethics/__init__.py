"""A guideline that people edit and sign, and a checklist bound to evidence."""
