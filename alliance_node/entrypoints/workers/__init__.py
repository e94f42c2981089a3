"""The node's background workers: the sealer and the bridge runner. They start with the server and stop with it."""
