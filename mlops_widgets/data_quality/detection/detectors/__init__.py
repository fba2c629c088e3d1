"""One module a kind of error; each reads the prepared columns and says which cells it suspects, how sure it is, and why."""
