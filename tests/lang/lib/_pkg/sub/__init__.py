where = "sub"
