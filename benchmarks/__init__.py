"""What the speed claims rest on: each of our routes timed against its stock counterpart."""
