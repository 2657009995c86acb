"""The opener's process: opens letters, counts, publishes, deletes. Nothing in the web process imports it."""
