import hashlib, zlib, binascii, base64, codecs
print(hashlib.md5(b"a").hexdigest(), hashlib.sha1(b"a").hexdigest(), hashlib.sha256(b"a").hexdigest(), hashlib.sha512(b"a").hexdigest()[:32], hashlib.sha3_256(b"a").hexdigest(), hashlib.blake2b(b"a", digest_size=8).hexdigest(), hashlib.shake_128(b"a").hexdigest(8), hashlib.new("sha224", b"x").name)
h = hashlib.sha256(); h.update(b"a"); g = h.copy(); g.update(b"b"); print(h.hexdigest() == hashlib.sha256(b"a").hexdigest(), g.digest_size, g.block_size)
c = zlib.compress(b"abc" * 100); print(zlib.decompress(c) == b"abc" * 100, len(c) < 30, zlib.crc32(b"abc"), zlib.adler32(b"abc"), binascii.hexlify(b"ab"), binascii.unhexlify("6162"), binascii.crc32(b"x"), base64.b64encode(b"hello"), base64.b64decode("aGVsbG8="), base64.b32encode(b"a"), base64.b85encode(b"abc"), base64.urlsafe_b64encode(b"\xff\xfe"), base64.b16encode(b"a"), base64.a85encode(b"abcd"))
for f in (lambda: zlib.decompress(b"bad"), lambda: binascii.unhexlify("6"), lambda: base64.b64decode("a"), lambda: hashlib.new("nope"), lambda: hashlib.md5("str"), lambda: codecs.lookup("nope"), lambda: binascii.unhexlify("zz"), lambda: base64.b32decode("1")):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(codecs.encode("abc", "rot13"), codecs.decode(b"6162", "hex"), "é".encode("cp1252"), b"\x80".decode("cp1252"), "a".encode("utf-7"), "é".encode("punycode"), "bücher".encode("idna"), codecs.lookup("UTF8").name, "é\n".encode("unicode_escape"), b"\\xe9".decode("unicode_escape"), codecs.getincrementaldecoder("utf-8")().decode(b"\xc3"), "x".encode("utf-8-sig"), codecs.BOM_UTF8, "a".encode("utf-16"))
codecs.register_error("mine", lambda e: ("?!", e.end)); print("aé".encode("ascii", "mine"))
