# A collection looks ahead in the frames that wait: what they will overwrite is not theirs while a frame lies over it.
import gc


def decorator(*parts, **named):
    def convert(cls):
        a, b, c, d = object(), [1], {2}, (3, cls)
        e, f, g, h = "e" * 3, b * 2, c | {4}, d[:1]
        gc.collect()
        return type(a).__name__, b, c, d[0], d[1].__name__, e, f, g, h

    return convert


@decorator(int, 1, 2, 3, 4, 5, 6, x=1, y=2)
class C(dict, metaclass=type):
    pass


print(C)


@decorator(int)
class D:
    pass


print(D)
after = [1, 2, (3, 4), {5: 6}, "%s" % 7]
print(after)
