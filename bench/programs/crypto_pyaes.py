"""AES-128 in counter mode, written plainly: byte tables, xor, list indexing."""

DEFAULT = 120000


def make_tables():
    """The substitution box from its definition: inverse in GF(2^8), then an affine map."""
    exponent, logarithm = [0] * 256, [0] * 256
    value = 1
    for i in range(255):
        exponent[i] = value
        logarithm[value] = i
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)
        value &= 0xFF
    exponent[255] = exponent[0]
    box = [0] * 256
    for i in range(256):
        inverse = exponent[255 - logarithm[i]] if i else 0
        result = 0x63
        for shift in range(5):
            result ^= ((inverse << shift) | (inverse >> (8 - shift))) & 0xFF
        box[i] = result
    double = [((i << 1) ^ (0x1B if i & 0x80 else 0)) & 0xFF for i in range(256)]
    return box, double


BOX, DOUBLE = make_tables()


def expand(key):
    words = [list(key[i:i + 4]) for i in range(0, 16, 4)]
    constant = 1
    for i in range(4, 44):
        word = list(words[i - 1])
        if i % 4 == 0:
            word = [BOX[b] for b in word[1:] + word[:1]]
            word[0] ^= constant
            constant = DOUBLE[constant]
        words.append([a ^ b for a, b in zip(word, words[i - 4])])
    return [sum(words[i:i + 4], []) for i in range(0, 44, 4)]


def encrypt(block, keys):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for turn in range(1, 10):
        moved = [BOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        key = keys[turn]
        state = []
        for column in (0, 4, 8, 12):
            a, b, c, d = moved[column:column + 4]
            every = a ^ b ^ c ^ d
            state.append(a ^ every ^ DOUBLE[a ^ b] ^ key[column])
            state.append(b ^ every ^ DOUBLE[b ^ c] ^ key[column + 1])
            state.append(c ^ every ^ DOUBLE[c ^ d] ^ key[column + 2])
            state.append(d ^ every ^ DOUBLE[d ^ a] ^ key[column + 3])
    moved = [BOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
    return bytes(a ^ b for a, b in zip(moved, keys[10]))


def counter_mode(data, keys):
    out = bytearray()
    for start in range(0, len(data), 16):
        stream = encrypt((start // 16).to_bytes(16, "big"), keys)
        out += bytes(a ^ b for a, b in zip(data[start:start + 16], stream))
    return bytes(out)


def main(n):
    keys = expand(bytes(range(16)))
    known = encrypt(bytes(i * 17 for i in range(16)), keys)
    assert known.hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"
    text = bytes(i * 31 & 0xFF for i in range(n * 2))
    cipher = counter_mode(text, keys)
    assert counter_mode(cipher[:1600], keys) == text[:1600]
    print(known.hex(), sum(i * b for i, b in enumerate(cipher)) % 1000003)


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
