import warnings
for src in ("def f():\n while 1:\n  try: pass\n  finally: break", "def f():\n try: pass\n finally: return 1", "for i in x:\n try: pass\n finally: continue", "def f():\n try: pass\n finally:\n  def g(): return 1", "assert (1, 'x')", "5 is 5", "'a' is not x", "'abc'()", "[1]()", "1['a']", "[1]['a']", "'a'[1.5]", "x = '\\q'", "b'\\q'", "f'\\q{1}'", "r'\\q'", "0x1for x in y", "1if 2else 3", "(1)(2)", "None()", "(x for x in y)()", "{1}[0]", "'\\400'", "lambda: 5 is x"):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        try: compile(src, "s", "exec")
        except SyntaxError as e: print(repr(src), "error", e.msg)
        print(repr(src), [(str(x.message), x.category.__name__, x.lineno) for x in w])
