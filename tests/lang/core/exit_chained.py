def a():
    try:
        {}["key"]
    except KeyError as e:
        raise ValueError("outer") from e
def b():
    try:
        a()
    except ValueError:
        raise TypeError("last")
b()
