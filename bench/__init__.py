"""What the store reaches beside the bare drivers, both engines in one run on one machine: `python -m bench`.

The bare driver runs the same SQL with the same parameters and the same number of commits, without the seam: one connection
a worker, held for good, no pool, no conversion of times and JSON. `python -m bench --tour-size 300` measures what one tour takes.
"""
