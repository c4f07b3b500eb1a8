"""Going down a loss by its slopes: what will happen, what happened, and the minimum of any formula."""
