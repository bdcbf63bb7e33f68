import ast, tokenize, io, symtable
print(ast.dump(ast.parse("x = 1 + y[2:3]\ndef f(a, *b, c=1) -> int: return lambda: a")))
print(ast.unparse(ast.parse("if a:\n  b = [x for x in y if z]\nelse:\n  c = f'{d!r:>{w}}'\nmatch q:\n  case [1, *r]: pass")), ast.literal_eval("{'a': [1, (2.5, None)], 'b': {1}}"), ast.dump(ast.parse("a.b(c)", mode="eval"), indent=1))
for s in ("f()", "1 +", "a"):
    try: print(ast.literal_eval(s))
    except Exception as e: print(type(e).__name__, str(e).split(" at 0x")[0].split(" on line")[0])
class V(ast.NodeTransformer):
    def visit_Constant(self, n): return ast.copy_location(ast.Constant(n.value * 2), n)
t = ast.fix_missing_locations(V().visit(ast.parse("r = 21"))); ns = {}; exec(compile(t, "a", "exec"), ns); print(ns["r"])
print([(tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO("def f(x):\n  return x + 1 # c\n").readline)])
s = symtable.symtable("def f(a):\n global g\n b = a\n return lambda: b", "s", "exec"); f = [c for c in s.get_children() if c.get_name() == "f"][-1]; print(f.get_name(), sorted(f.get_identifiers()), f.lookup("a").is_parameter(), f.lookup("g").is_global(), f.lookup("b").is_local(), [c for c in f.get_children() if c.get_name() == "lambda"][-1].lookup("b").is_free())
n = ast.parse("x + y", mode="eval").body; print(n.lineno, n.col_offset, n.end_col_offset, type(n.op).__name__, n._fields, ast.get_source_segment("x + y", n.right), isinstance(n, ast.expr), [type(x).__name__ for x in ast.walk(n)])
try: compile(ast.Expression(ast.Name("x")), "a", "eval")
except Exception as e: print(type(e).__name__, e)
