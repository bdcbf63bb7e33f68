def deco(fn):
    raise TypeError("in decorator")
@deco
def f(): pass
