"""A formula at one point: exact where it can be, else with proven bounds."""
