"""What the service says about itself, and that none of it is about anybody."""
