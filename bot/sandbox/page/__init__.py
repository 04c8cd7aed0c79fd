"""The sandbox in a browser: one page, its server, and what crosses the wire between them."""
