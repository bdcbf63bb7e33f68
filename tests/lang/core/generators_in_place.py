# Generators that a `for` iterates over stay on the stack between two steps; nothing that looks at them may see a difference.
import gc, sys, weakref, inspect
def g(n):
    for i in range(n):
        yield i
def f(x): return x+1
def rec(n):
    if n: 
        yield n
        yield from rec(n-1)
        yield -n
def t1():
    out=[]
    for x in g(5): out.append(f(x))
    for x in rec(6): out.append(x)
    for x in rec(4):
        for y in rec(3):
            out.append((x,y))
    a=g(4); b=g(4)
    for x in a:
        for y in b:
            out.append((x,y)); break
    it=g(10)
    for x in it:
        if x==3: break
    out.append(it.gi_suspended); out.append(it.gi_running); out.append(it.gi_frame.f_locals['i'])
    for x in it:
        if x==5: break
    out.append(next(it)); out.append(list(it))
    print(out)
t1()
def pipe(n):
    for x in g(n):
        if x & 1: yield x*2
def pipe2(n):
    for x in pipe(n): yield x+1
def t2():
    s=0
    for x in pipe2(1000): s+=x
    s2=[]
    for x in pipe2(20):
        s2.append(f(x))
        for y in pipe2(6): s2.append(y)
    print(s,s2)
t2()
def reent():
    global me
    for x in me: yield x
me=reent()
try:
    for x in me: print(x)
except ValueError as e: print(e)
def deep(n):
    if n==0:
        yield 1; yield 2
    else: yield from deep(n-1)
def t3():
    try:
        for x in deep(5000): pass
    except RecursionError as e: print('rec')
    for x in deep(400): print(x)
t3()
class C: pass
def holder():
    c=C(); w=weakref.ref(c)
    yield w
    yield w
def t4():
    h=holder()
    for w in h:
        break
    gc.collect(); print(w() is not None)
    del h; gc.collect(); print(w() is None)
t4()
def thr():
    try:
        for i in range(10): yield i
    except KeyError: yield 'caught'
    finally: print('fin')
def t5():
    t=thr()
    for x in t:
        if x==2: break
    print(t.throw(KeyError))
    print(list(t))
    t=thr()
    for x in t: break
    t.close()
    print(inspect.getgeneratorstate(t))
    t=thr()
    for x in t:
        print(inspect.getgeneratorstate(t), inspect.getgeneratorlocals(t)); break
    t.close()
t5()
def withexc():
    for x in g(10):
        if x==3: raise KeyError(x)
        yield x
def t6():
    try:
        for x in withexc(): pass
    except KeyError as e: print(repr(e), e.__traceback__.tb_next.tb_lineno)
    try:
        for x in rec(5):
            if x==1: 1/0
    except ZeroDivisionError as e: print(e)
t6()
def many(k,n):
    if k==0:
        for i in range(n): yield i
    else:
        for x in many(k-1,n): yield x
print(sum([x for x in many(12,50)]))
def loop():
    s=0
    for x in many(12,50): s+=x
    print(s)
loop()

def stars(*args, **kwargs): return args, kwargs
def lists():
    yield from [1, 2]
    yield from (3, 4)
    yield from range(5, 7)
def t7():
    out = []
    for x in lists():
        out.append(x)
        if x == 4: out.append(stars(*[x], k=x))
    for x in lists():
        for y in lists(): out.append(x * y)
    print(out)
    it = lists()
    for x in it:
        if x == 1: break
    for x in it:
        if x == 5: break
    print(next(it), list(it), list(lists()))
t7()
def other_frames():
    seen = []
    def looks():
        yield sys._getframe().f_back.f_code.co_name
        yield sys._getframe(1).f_lineno > 0
        for x in g(2): yield sys._getframe().f_locals['x']
    for x in looks(): seen.append(x)
    print(seen)
other_frames()
def ends(n):
    try:
        for i in range(n): yield i
        return 'value'
    finally:
        print('end of', n)
def wraps(n):
    print((yield from ends(n)))
def t8():
    for x in wraps(3): pass
    for x in wraps(0): pass
    w = wraps(5)
    for x in w:
        if x == 2: break
    try: w.throw(KeyError('thrown'))
    except KeyError as e: print(repr(e), list(w))
t8()
