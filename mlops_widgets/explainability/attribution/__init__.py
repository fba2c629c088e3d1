"""What each column contributed to a prediction: the question, the routes to an answer, and what checks them.

Every other room of this pitfall stands on it.
"""
