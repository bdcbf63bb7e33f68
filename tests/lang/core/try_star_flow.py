def f(kind):
    try:
        if kind == "none": return "returned"
        raise kind
    except* ValueError as e: log = ["V", len(e.exceptions)]
    except* TypeError as e: log = ["T", len(e.exceptions)]
    else: log = ["else"]
    finally: print("finally")
    return log
print(f("none"), f(ValueError()), f(ExceptionGroup("g", [TypeError(), TypeError()])))
try:
    f(ExceptionGroup("g", [KeyError(), ValueError()]))
except ExceptionGroup as e:
    print(repr(e))
for i in range(3):
    try:
        if i == 1: raise ExceptionGroup("x", [OSError(i)])
    except* OSError as e:
        print("os", e.exceptions)
    print("after", i)
