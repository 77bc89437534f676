"""Minutes of kills and faults against real processes, and a table that must show 0 differences: `python -m tests.campaign`.

Prospects, agents and lock systems act at random while partners' calls go wrong and processes are killed. In the end the weather
clears, everything is given time to converge, and what the product's database says is compared with what the partners hold.
"""
