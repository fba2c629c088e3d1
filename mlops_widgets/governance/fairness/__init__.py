"""Who is chosen, and who is wronged: rates of groups, their ratios and differences with intervals."""
