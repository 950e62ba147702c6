"""How fast help came: timelines from the log, frozen definitions of intervals, and figures that hide nothing."""
