"""What every room speaks: Result and Finding, progress and cancel, the display registry, the record of strategies."""
