"""Generates src/unicode/data/*.bin from CPython 3.14's unicodedata (Unicode 16.0):

    python3.14 crates/text/tools/gen_unicode.py

All numbers are little-endian. A table over code points is a two-level trie: NAME1.bin holds for each block of 128 code
points the number of a block in NAME2.bin, which holds 128 16-bit values each.
"""
import os, struct, sys, unicodedata as ud

assert ud.unidata_version == '16.0.0', ud.unidata_version
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'src', 'unicode', 'data')
ALL = range(0x110000)
BLOCK = 128

# The order is that of the constants in src/unicode/mod.rs.
CATEGORIES = 'Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So'.split()
BIDI = ['', *'L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI'.split()]
WIDTHS = 'F H W Na A N'.split()
FLAGS = 'alpha decimal digit numeric lower upper title space printable id_start id_continue cased ignorable'.split()


def put(name, data):
    with open(os.path.join(OUT, name + '.bin'), 'wb') as file:
        file.write(data)
    print(f'{name}.bin {len(data)}')


def trie(name, values):
    blocks, first = {}, []
    for start in range(0, 0x110000, BLOCK):
        block = tuple(values[start:start + BLOCK])
        first.append(blocks.setdefault(block, len(blocks)))
    put(name + '1', struct.pack(f'<{len(first)}H', *first))
    put(name + '2', b''.join(struct.pack(f'<{BLOCK}H', *block) for block in blocks))


def flags(c):
    after = ('A\u03a3' + c).lower()[1]
    between = ('A\u03a3' + c + 'A').lower()[1]
    ignorable = after == '\u03c2' and between == '\u03c3'
    return [
        c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.islower(), c.isupper(),
        c.istitle() and not c.isupper(), c.isspace(), c.isprintable(), c.isidentifier(), ('a' + c).isidentifier(),
        (c + 'A').title()[-1] == 'a', ignorable,
    ]


def more_names():
    """Aliases and named sequences, which CPython keeps in a private range that only its C interface names."""
    import ctypes
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = ctypes.cast(pointer(ud._ucnhash_CAPI, b'unicodedata._ucnhash_CAPI'), ctypes.POINTER(ctypes.c_void_p))
    getname = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_int, ctypes.c_int)(table[0])
    names = []
    for cp in range(0xF0000, 0xF1000):
        buffer = ctypes.create_string_buffer(300)
        if getname(cp, buffer, 300, 1):
            names.append(buffer.value.decode())
    with open(os.path.join(OUT, 'more_names.txt'), 'w') as file:
        for name in sorted(names):
            file.write(name + ';' + ' '.join(f'{ord(c):X}' for c in ud.lookup(name)) + '\n')


def records():
    table, index, numbers = {}, [], {None: 0}
    for cp in ALL:
        c = chr(cp)
        number = ud.numeric(c, None)
        record = struct.pack(
            '<BBBBBBBBHH',
            CATEGORIES.index(ud.category(c)), BIDI.index(ud.bidirectional(c)), ud.combining(c),
            WIDTHS.index(ud.east_asian_width(c)), ud.mirrored(c),
            ud.decimal(c, 255), ud.digit(c, 255), numbers.setdefault(number, len(numbers)),
            sum(bit << i for i, bit in enumerate(flags(c))), 0)
        index.append(table.setdefault(record, len(table)))
    trie('record', index)
    put('records', b''.join(table))
    put('numbers', b''.join(struct.pack('<d', n or 0.0) for n in numbers))


def cases():
    """Per code point four mappings: a difference + 2^21, or (if the top bit is set) offset << 4 | length of a sequence."""
    special, table, index = [], {}, []

    def mapping(c, to):
        if len(to) == 1:
            return ord(to) - ord(c) + (1 << 21)
        points = [ord(x) for x in to]
        for at in range(len(special) - len(points) + 1):
            if special[at:at + len(points)] == points:
                break
        else:
            at = len(special)
            special.extend(points)
        return 1 << 31 | at << 4 | len(points)

    for cp in ALL:
        c = chr(cp)
        record = struct.pack('<4I', *(mapping(c, to) for to in (c.upper(), c.lower() if cp != 0x3a3 else '\u03c3', c.title(), c.casefold())))
        index.append(table.setdefault(record, len(table)))
    trie('case', index)
    put('cases', b''.join(table))
    put('case_special', struct.pack(f'<{len(special)}I', *special))


TAGS = ['', *'<font> <noBreak> <initial> <medial> <final> <isolated> <circle> <super> <sub> <vertical> <wide> <narrow> <small> <square> <fraction> <compat>'.split()]


def decompositions():
    words, seen, index, pairs = [0], {}, [], []
    for cp in ALL:
        text = ud.decomposition(chr(cp))
        if not text or 0xAC00 <= cp <= 0xD7A3:
            index.append(0)
            continue
        parts = text.split()
        tag = TAGS.index(parts.pop(0)) if parts[0].startswith('<') else 0
        points = [int(p, 16) for p in parts]
        entry = (tag << 8 | len(points), *points)
        if entry not in seen:
            seen[entry] = len(words)
            words.extend(entry)
        index.append(seen[entry])
        if tag == 0 and len(points) == 2 and ud.normalize('NFC', chr(points[0]) + chr(points[1])) == chr(cp):
            pairs.append((*points, cp))
    trie('decomp', index)
    put('decomps', struct.pack(f'<{len(words)}I', *words))
    put('compose', b''.join(struct.pack('<3I', *pair) for pair in sorted(pairs)))


def varint(n):
    """One byte below 0xC0, else two: 0xC0 + the high bits, then the low ones."""
    if n < 0xC0:
        return bytes([n])
    return bytes([0xC0 + (n >> 8), n & 0xFF])


def names():
    """Names as sequences of words, the most frequent words in one byte. Names that end in their own number, and Hangul
    syllables, are rules."""
    from collections import Counter
    named, ranges = {}, []
    for cp in ALL:
        name = ud.name(chr(cp), None)
        if name is None or 0xAC00 <= cp <= 0xD7A3:
            continue
        suffix = '%04X' % cp
        if name.endswith('-' + suffix):
            prefix = name[:-len(suffix)]
            if ranges and ranges[-1][0] == prefix and ranges[-1][2] == cp - 1:
                ranges[-1][2] = cp
            else:
                ranges.append([prefix, cp, cp])
        else:
            named[cp] = name
    split = {cp: name.replace('-', ' -').split(' ') for cp, name in named.items()}
    counts = Counter(word for words in split.values() for word in words)
    order = sorted(counts, key=lambda w: (-counts[w], w))
    number = {word: i for i, word in enumerate(order)}
    assert len(order) < 0x4000 - 0xC0, len(order)
    blob, offsets = bytearray(), []
    cps = sorted(named)
    for cp in cps:
        offsets.append(len(blob))
        for word in split[cp]:
            blob += varint(number[word])
        blob.append(0xFF)
    assert (max(number.values()) >> 8) + 0xC0 < 0xFF
    # Words: offsets every word (u24) then text.
    text = ''.join(order).encode()
    at, word_offsets = 0, []
    for word in order:
        word_offsets.append(at)
        at += len(word)
    word_offsets.append(at)
    put('name_words', b''.join(n.to_bytes(3, 'little') for n in word_offsets) + text)
    put('name_codes', bytes(blob))
    # Per name: its code point and its offset, three bytes each.
    put('name_index', b''.join(cp.to_bytes(3, 'little') + off.to_bytes(3, 'little') for cp, off in zip(cps, offsets)))
    by_name = sorted(range(len(cps)), key=lambda i: named[cps[i]])
    put('name_sorted', b''.join(i.to_bytes(2, 'little') for i in by_name))
    assert len(cps) < 65536
    print('WORDS', len(order), 'NAMES', len(cps))
    for prefix, low, high in ranges:
        print(f'    ("{prefix}", 0x{low:X}, 0x{high:X}),')


if __name__ == '__main__':
    os.makedirs(OUT, exist_ok=True)
    records()
    cases()
    decompositions()
    names()
    more_names()
