"""How sources fare, judged by their own past, and what says so."""
