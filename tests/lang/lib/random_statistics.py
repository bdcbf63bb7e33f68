import random, statistics
r = random.Random(42); print(r.random(), r.randint(1, 100), r.choice("abc"), r.sample(range(10), 3), r.gauss(0, 1), r.getrandbits(70), r.uniform(1, 2), r.choices([1, 2], k=3), r.randrange(0, 100, 7), r.betavariate(1, 2), r.randbytes(4))
l = list(range(8)); r.shuffle(l); print(l); st = r.getstate(); a = r.random(); r.setstate(st); print(a == r.random(), random.Random("seed").random(), random.Random(b"x").random(), random.Random(2 ** 100).random(), random.Random(1.5).random())
for f in (lambda: r.choice([]), lambda: r.sample([1], 2), lambda: r.randrange(0), lambda: r.randint(2, 1), lambda: random.Random([])):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(statistics.mean([1, 2, 3, 4]), statistics.median([1, 3, 2]), statistics.stdev([1, 2, 3]), statistics.mode("aab"), statistics.quantiles(range(1, 10)), statistics.variance([1, 2, 4]), statistics.harmonic_mean([1, 2]), statistics.linear_regression([1, 2, 3], [2, 4, 6]).slope, statistics.NormalDist(0, 1).cdf(1))
try: statistics.mean([])
except statistics.StatisticsError as e: print(e)
