import json
print(json.dumps({"a": [1, 2.5, None, True, "é\n\"\\\u2028"], "b": {}}), json.dumps("é", ensure_ascii=False), json.dumps([1, [2]], indent=2), json.dumps({"b": 1, "a": 2}, sort_keys=True, separators=(",", ":")), json.dumps({1: 2, None: 3, True: 4, 1.5: 5}), json.dumps((1, 2)), json.dumps(float("inf")), json.dumps([]), json.dumps("\U0001F600\ud800"))
print(json.loads('{"a": [1, -2.5e3, null, true, false, "\\u00e9\\n\\ud83d\\ude00"]}'), json.loads(" [1 , 2 ] "), json.loads("NaN"), json.loads("1e400"), json.loads("123456789012345678901234567890"), json.loads(b'"x"'), json.loads("1.0", parse_float=str), json.loads('{"a":1}', object_pairs_hook=list), json.loads('{"a":1}', object_hook=lambda d: sorted(d)))
for t in ("", "{", "[1,", '{"a"}', '{"a":}', "[1 2]", "tru", '"abc', '"\\x"', "01", "1.", "[1,]", '{"a":1,}', "'a'", '"\n"', "nul", "[1]]", "\ufeff1", '{1:2}', '"\\ud8"', "-", "+1", ".5"):
    try: print(json.loads(t))
    except json.JSONDecodeError as e: print(repr(t), e, e.pos, e.lineno, e.colno)
l = []; l.append(l)
for o in ({1}, object, b"x", l, {(1,): 2}, 1j):
    try: json.dumps(o)
    except (TypeError, ValueError) as e: print(type(e).__name__, e)
try: json.dumps(float("nan"), allow_nan=False)
except ValueError as e: print(e)
class E(json.JSONEncoder):
    def default(self, o): return f"<{type(o).__name__}>"
print(json.dumps([{1}, 2j], cls=E), json.dumps({1}, default=sorted), json.dumps({(1,): 1, "a": 2}, skipkeys=True), list(json.JSONEncoder().iterencode([1, {"a": 2}])), json.JSONDecoder().raw_decode("[1] x"))
try: json.loads("[" * 100000)
except RecursionError: print("RecursionError")
