"""How fast: the benchmark model in both engines and in other simulators, interleaved in one run."""
