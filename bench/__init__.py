"""What the product reaches beside what is possible, in one run on one machine: `python -m bench`.

First its paths, each beside a floor (`bench/paths`), then the store beside the bare drivers, both engines. A bare driver runs the
same SQL with the same parameters and the same number of commits, with one connection a worker, held for good, without pool or
conversion of times and JSON.

`--only times` prints one line. `python -m bench --tour-size 300` measures what one tour takes.
"""
