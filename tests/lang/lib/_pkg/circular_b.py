from _pkg.circular_a import thing
other = 2
