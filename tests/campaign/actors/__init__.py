"""Who takes part: prospects, agents, partners in bad weather, and somebody who watches."""
