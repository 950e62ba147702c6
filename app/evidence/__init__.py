"""One alert's rows of the log as a document for a court, with all that is needed to check them without us."""

from .gather import Evidence, RecordsAltered, gather
from .pdf import printed, render

__all__ = ["Evidence", "RecordsAltered", "gather", "printed", "render"]
