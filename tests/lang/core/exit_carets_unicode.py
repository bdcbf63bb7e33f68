def ünï(x): return x.größe
print("中文", ünï(5))
