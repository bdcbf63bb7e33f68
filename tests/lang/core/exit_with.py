class CM:
    def __enter__(self): return self
    def __exit__(self, *a): print("exit", a[0].__name__)
with CM():
    int("not a number")
