"""What goes out by itself: cards to whoever may see them, over sockets that know when they are dead."""
