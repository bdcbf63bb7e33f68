def f(x):
    if x is 5: return "five"
    return "\d"
print(f(5))
