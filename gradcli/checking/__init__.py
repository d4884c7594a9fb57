"""Whether gradients are right: an independent reference, verdicts entry by entry, and a diagnosis."""
