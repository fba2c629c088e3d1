"""The form that brings a study: a sample, live objects of the notebook, files, uploads."""
