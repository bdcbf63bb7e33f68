# Every way out of nested try blocks.
def f(how):
    log = []
    for i in range(2):
        try:
            try:
                log.append("body")
                if how == "return": return log
                if how == "break": break
                if how == "continue": continue
                if how == "raise": raise ValueError
                log.append("normal")
            except ValueError:
                log.append("except")
                if i: raise
            else:
                log.append("else")
            finally:
                log.append("inner")
        except ValueError:
            log.append("outer except")
        finally:
            log.append("outer")
    log.append("end")
    return log
for how in ("return", "break", "continue", "raise", "none"): print(how, f(how))
def g():
    for i in range(3):
        try:
            yield i
        finally:
            print("fin", i)
it = g()
for x in it:
    if x == 1: break
it.close()
print(list(g()))
def h():
    try:
        try: raise ValueError("a")
        finally: raise KeyError("b")
    except KeyError as e:
        return repr(e), repr(e.__context__)
print(h())
def k():
    x = []
    try:
        x.append(1)
        return x
    finally:
        x.append(2)
print(k())
def w():
    n = 0
    while n < 5:
        n += 1
        try:
            if n == 2: continue
            if n == 4: break
        finally:
            print("w", n)
    return n
print(w())
