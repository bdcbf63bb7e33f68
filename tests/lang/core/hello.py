print("hello, world")
print()
print(1, "two", 3.0, None, True, sep="|", end="!\n")
print(*[1, 2, 3], sep="")
