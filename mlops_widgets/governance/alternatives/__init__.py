"""Less discriminatory alternatives: other models that do as well and part people less."""
