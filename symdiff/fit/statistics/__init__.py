"""What the values of a fit are worth: errors, intervals, bands, what is not determined, what residuals tell."""
