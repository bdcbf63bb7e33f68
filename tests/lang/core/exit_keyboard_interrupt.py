try:
    raise KeyboardInterrupt("by hand")
except BaseException as e:
    print(type(e).__name__, e, isinstance(e, Exception))
raise KeyError("quoted 'key'")
