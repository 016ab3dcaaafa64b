"""Everything between a request and its answer: which addresses may be reached, manners, limits, failures, the browser."""
