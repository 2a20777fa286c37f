"""What can be done with meetings."""
