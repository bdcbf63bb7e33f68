def f():
    x = 1
    raise ValueError("v")
try:
    f()
except ValueError as e:
    tb = e.__traceback__
n = 0
while tb:
    print(tb.tb_frame.f_code.co_name, tb.tb_lineno, sorted(k for k in tb.tb_frame.f_locals if k == "x"))
    tb = tb.tb_next
    n += 1
print(n)
try:
    raise e
except NameError as x:
    print(x)
def g():
    try:
        f()
    except ValueError as err:
        return err
e = g()
print(e.__traceback__.tb_lineno, e.__traceback__.tb_next.tb_lineno, e.with_traceback(None) is e, e.__traceback__)
fr = (lambda: (yield))()
print(fr.gi_frame.f_code.co_name, fr.gi_frame.f_lineno)
