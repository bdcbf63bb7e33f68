f = lambda x: [1 / i for i in x]
f([1, 0])
