"""Published results: pages, wording and charts. It reads releases only."""
