for opener, closer in (("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("-", ""), ("not ", ""), ("lambda: ", ""), ("x[", "]")):
    src = opener * 100000 + "1" + closer * 100000
    try:
        compile(src, "s", "exec")
        print(opener, "fine")
    except (SyntaxError, RecursionError, MemoryError) as e:
        print(opener, "refused")
for depth in (10, 50, 90):
    print(depth, len(str(eval("[" * depth + "]" * depth))))
