"""What the house is made of that others made: whether any of it is known to be broken."""
