"""What a training run reads: splits, statistics, checks and frozen snapshots."""
