def sub(n):
    raise ValueError(n)
excs = []
for n in range(2):
    try:
        sub(n)
    except ValueError as e:
        e.add_note(f"note {n}")
        excs.append(e)
raise ExceptionGroup("several", excs + [ExceptionGroup("inner", [KeyError("k")])])
