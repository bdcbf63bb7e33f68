l = list(range(10))
l[1:3] = []
l[5:5] = [50, 51]
l[-1:] = "end"
l[::3] = [None] * len(l[::3])
print(l)
for src in ("l[::2] = [1]", "l[::-1] = []", "l[1:5:2] = 5", "l[::0] = []", "del l[::0]", "l['a':] = []", "l[5:1] = [9, 9]", "del l[-3:-1]", "del l[::2]", "l[100:] = [7]", "l[:-100] = [8]", "del l[100:]", "l[1:2] = (x for x in 'gen')", "l[:] = {1: 2}", "l[0:0] = l"):
    try:
        exec(src)
        print(src, "->", l)
    except Exception as e:
        print(src, "->", type(e).__name__, e)
