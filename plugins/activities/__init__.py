"""The log of what organisations did and plan to do, and its place in the calendar."""
