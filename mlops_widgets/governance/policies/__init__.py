"""Requirements as data: regimes, policies, and what the evidence says of each."""
