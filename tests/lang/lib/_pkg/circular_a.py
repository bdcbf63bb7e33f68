from _pkg.circular_b import other
thing = 1
