"""Log to numbers: availability, service levels, queues, attribution."""
