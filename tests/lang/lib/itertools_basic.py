from itertools import *
print(list(chain("ab", [1])), list(chain.from_iterable(["ab", "c"])), list(islice(count(5, 2), 3)), list(islice(cycle("ab"), 5)), list(repeat(1, 3)), list(accumulate([1, 2, 3])), list(accumulate([1, 2, 3], lambda a, b: a * b, initial=10)))
print(list(combinations("abc", 2)), list(permutations("abc", 2)), list(combinations_with_replacement("ab", 2)), list(product("ab", [1, 2])), list(product([0, 1], repeat=2)), list(permutations([], 0)))
print(list(compress("abcd", [1, 0, 1])), list(dropwhile(lambda x: x < 3, range(6))), list(takewhile(lambda x: x < 3, range(6))), list(filterfalse(lambda x: x % 2, range(5))), list(starmap(pow, [(2, 3), (3, 2)])), list(zip_longest("ab", "c", fillvalue="-")), list(pairwise([1, 2, 3])), list(batched("abcde", 2)))
print([(k, list(g)) for k, g in groupby("aabbbc")], [(k, len(list(g))) for k, g in groupby(range(6), lambda x: x // 2)])
a, b = tee([1, 2, 3]); print(next(a), list(b), list(a))
print(list(islice(range(10), 2, 8, 3)), list(islice("abc", None)), count(), repeat(5), count(1.5, 0.5), next(count(2 ** 70)))
for f in (lambda: list(islice([], -1)), lambda: list(batched("a", 0)), lambda: list(batched("abc", 2, strict=True)), lambda: list(combinations("a", -1)), lambda: product(repeat="x"), lambda: count("a"), lambda: repeat(), lambda: chain(1).__next__(), lambda: zip_longest(1), lambda: tee([], -1), lambda: list(starmap(pow, [1])), lambda: groupby(), lambda: accumulate(), lambda: list(permutations("ab", "x"))):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
g = groupby("aab"); k1, g1 = next(g); k2, g2 = next(g); print(list(g1), list(g2))
