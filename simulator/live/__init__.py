"""People who play against a running service over HTTP and websocket, as strangers to its code."""
