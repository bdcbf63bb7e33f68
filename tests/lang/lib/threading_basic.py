import threading, queue
n = 0
lock = threading.Lock()
def work(k):
    global n
    for _ in range(k):
        with lock: n += 1
ts = [threading.Thread(target=work, args=(200,)) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]; print(n, any(t.is_alive() for t in ts))
q = queue.Queue()
def consumer(out):
    while (x := q.get()) is not None: out.append(x * 2)
out = []; t = threading.Thread(target=consumer, args=(out,)); t.start(); [q.put(i) for i in range(5)]; q.put(None); t.join(); print(out)
loc = threading.local(); loc.x = 1
def see(): print(hasattr(loc, "x"), threading.current_thread().name)
t = threading.Thread(target=see, name="T1"); t.start(); t.join(); print(loc.x, threading.main_thread().name)
e = threading.Event(); r = []
t = threading.Thread(target=lambda: (e.wait(), r.append("woke"))); t.start(); e.set(); t.join(); print(r)
threading.excepthook = lambda a: print("thread exc", a.exc_type.__name__, a.exc_value)
t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()
rl = threading.RLock()
with rl, rl: print("reentrant")
try: lock.release()
except RuntimeError as x: print(x)
print(lock.acquire(), lock.acquire(blocking=False), lock.locked()); lock.release()
b = threading.Barrier(2); t = threading.Thread(target=b.wait); t.start(); b.wait(); t.join(); print("barrier")
try: t.start()
except RuntimeError as x: print(x)
s = threading.Semaphore(1); print(s.acquire(blocking=False), s.acquire(blocking=False))
