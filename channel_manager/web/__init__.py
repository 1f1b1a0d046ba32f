"""Server-rendered pages. They know HTTP and decide nothing."""
