"""What it costs to look away: the chapter's number."""
