"""What the Learn page teaches, in mathematics: one idea a file, the losses and metrics of runs."""
