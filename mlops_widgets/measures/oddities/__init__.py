"""What doesn't belong among numbers: lone spikes, far tails, edges that are crossed, clusters in another unit, broken sums."""
