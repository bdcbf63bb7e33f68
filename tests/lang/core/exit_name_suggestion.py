value = 1
print(vlaue)
