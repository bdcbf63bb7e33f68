import gc, sys
def g():
    try: yield 1
    finally: print("closed by collector")
i = g(); next(i); del i; gc.collect()
def h():
    x = yield
    print("never")
j = h(); next(j); j.gi_frame.f_locals; print(sorted(j.gi_frame.f_locals), j.gi_code.co_name); j.close(); print(j.gi_frame)
async def co(): pass
c = co(); c.close()
f = sys._getframe(); print(f.f_lineno, f.f_globals is globals(), f.f_builtins["len"] is len, f.f_back, f.f_lasti >= 0)
def loc():
    a = 1
    fr = sys._getframe(); fr.f_locals["a"] = 5; fr.f_locals["new"] = 6
    return a, fr.f_locals["new"], sorted(fr.f_locals)
print(loc())
def outer():
    v = 1
    def inner(): return sys._getframe(1).f_locals["v"], v
    return inner()
print(outer())
def clear():
    x = 1
    raise ValueError
try: clear()
except ValueError as e: fr = e.__traceback__.tb_next.tb_frame
fr.clear(); print(fr.f_locals)
