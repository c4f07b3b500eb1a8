"""The rules that the field leaves, how they match, and when they hold."""
