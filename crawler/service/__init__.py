"""The background service: when each source's turn comes, batches of sources in processes of their own, watching it."""
