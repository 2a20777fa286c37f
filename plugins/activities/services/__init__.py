"""What can be done with activities, and what of them may be seen. Flushes, never commits, never reads the request."""
