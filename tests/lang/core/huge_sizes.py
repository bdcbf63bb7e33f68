# Sizes beyond any memory: the exception, not the crash.
for t in ("'a' * 2**62", "b'a' * 2**62", "[1] * 2**62", "(1,) * 2**62", "bytearray(2**62)", "'ab' * 2**63", "[0] * 2**64", "bytes(2**63)", "1 << 2**62", "'x'.ljust(2**62)", "'x'.center(2**63)", "'x'.zfill(2**62)", "'%*d' % (2**31, 1)", "f'{1:{2**63}}'", "range(2**64).__len__()", "list(range(2**62))", "bytes(range(256)) * 2**60", "'\\t'.expandtabs(2**62)", "'aa'.replace('a', 'x' * 2**20)[:0]", "b'a'.ljust(2**62)", "bytearray(b'ab') * 2**62", "[].__imul__(2**70)", "[1].__mul__(2**70)", "'a'.__mul__(-2**70)", "int('9' * 10, 10) ** 2 > 0", "(2**62).to_bytes(2**62)", "'{:{}}'.format(1, 2**70)", "'%.*f' % (2**70, 1.0)", "'%999999999999d' % 1", "format(1.0, '.9999999999f')", "round(1, 2**70)", "[0][2**70]", "[0][:2**70]", "'abc'[2**70:]", "range(2**70)[2**69]", "slice(2**70).indices(3)", "'a'.find('a', 2**70)", "[1].index(1, -2**70, 2**70)", "chr(2**31)", "'a'.split(maxsplit=2**70)"):
    try:
        r = eval(t)
        print(t, "->", repr(r)[:60])
    except (MemoryError, OverflowError, ValueError, IndexError, TypeError) as e:
        print(t, "->", type(e).__name__, e)
