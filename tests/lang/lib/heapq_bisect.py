import heapq, bisect
h = []
for x in [5, 1, 4, 1, 9, 2]: heapq.heappush(h, x)
print(h, heapq.heappop(h), heapq.heappushpop(h, 0), heapq.heapreplace(h, 7), h, heapq.nlargest(2, h), heapq.nsmallest(2, h), heapq.nsmallest(2, "hello", key=lambda c: -ord(c)), list(heapq.merge([1, 3], [2, 4])), list(heapq.merge("b", "a", key=str.lower)))
l = [3, 1, 2]; heapq.heapify(l); print(l); heapq.heapify_max(l); print(l, heapq.heappop_max(l))
try: heapq.heappop([])
except IndexError as e: print(e)
try: heapq.heappush((), 1)
except TypeError as e: print(e)
a = [1, 2, 2, 3]
print(bisect.bisect(a, 2), bisect.bisect_left(a, 2), bisect.bisect_right(a, 9), bisect.bisect(a, 2, 0, 1), bisect.bisect_left(["a", "BB"], 2, key=len)); bisect.insort(a, 2.5); print(a)
try: bisect.bisect([1], "a")
except TypeError as e: print(e)
try: bisect.bisect([1], 1, -1)
except ValueError as e: print(e)
