import _pkg.circular_ok2
done = _pkg.circular_ok2.got
