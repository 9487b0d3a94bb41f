"""What the Learn page teaches, in mathematics: one idea a file, real losses and metrics only."""
