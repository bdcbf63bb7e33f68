for s in ("\a\b\f\n\r\t\v\\\'\"", "\0\7\77\177", "\x00\xff", "\u00e9\u20ac", "\U0001F600", "\N{DEGREE SIGN}\N{lf}", "a\
b", r"\x\u", "\1234"):
    print(ascii(s), len(s))
for b in (b"\a\x00\377\\\'\"", b"\u0041" if False else b"A", rb"\x", b"a" b"b", Rb"\n", bR"\t"):
    print(b, len(b))
for src in (r"'\x'", r"'\xg0'", r"'\u123'", r"'\U0011FFFF'", r"'\N{NOPE}'", r"'\N'", r"b'\x1'", "'\n'", "b'\u00e9'", "'\\"):
    try:
        print(ascii(eval(src)))
    except SyntaxError as e:
        print(ascii(src), e.msg)
print('''triple "quoted" 'string' \
continued''', """a
 b""" """c""", u"unicode", "tab\there")
