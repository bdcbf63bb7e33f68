nan = float("nan")
print(nan in [nan], [nan].count(nan), [nan].index(nan), {nan: 1}[nan], nan in {nan}, (nan,) == (nan,), [nan] == [float("nan")], max(nan, 1), max(1, nan), sorted([3, 1, 2]), min([nan, 1]), 0.0 == -0.0, [0.0] == [-0.0], {0.0, -0.0}, {0.0: 1, -0.0: 2}, hash(0.0) == hash(-0.0), str(-0.0), -0.0 + 0.0, 0.0 * -1, nan is nan, nan == nan, nan != nan, nan < nan, not nan)
