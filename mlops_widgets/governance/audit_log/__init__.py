"""The log that shows when somebody changed it: chain, Merkle root, signed checkpoints."""
