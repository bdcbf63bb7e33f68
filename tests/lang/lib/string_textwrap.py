import string, textwrap
print(string.ascii_letters, string.digits, string.punctuation, string.Template("$a ${b} $$").substitute(a=1, b=2), string.Template("$a $b").safe_substitute(a=1), string.capwords("hello  world"), string.Formatter().format("{0} {x}", 1, x=2), list(string.Formatter().parse("a{b!r:c}d")), repr(string.whitespace))
for f in (lambda: string.Template("$a").substitute(), lambda: string.Template("$").substitute(), lambda: string.Formatter().format("{}")):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
t = "The quick brown fox jumps over the lazy dog. " * 2
print(textwrap.fill(t, 30), textwrap.wrap(t, 20)[:2], textwrap.shorten(t, 25), textwrap.dedent("  a\n    b\n  c"), textwrap.indent("a\n\nb", "> "), textwrap.fill(t, 40, initial_indent="* ", subsequent_indent="  "))
