"""The chapter's number: what it costs to look away, until somebody would have noticed."""
