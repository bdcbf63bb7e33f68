print(len("a\u0301"), "é" == "e\u0301", "ǅ".lower(), "ǅ".upper(), "ß".casefold() == "ss", "ﬁ".upper(), "Σ".lower(), "ΌΔΟΣ".lower(), "ὈΔΥΣΣΕΎΣ".title())
naïve = 1; 变量 = 2; ª = 3
print(naïve, 变量, a if False else ª, "ª".isidentifier())
ﬁ = "ligature"
print(fi)
print("\N{SNOWMAN}", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\u200d".isprintable(), "😀".isprintable(), "\U000e0001".isprintable(), "٣".isdigit(), int("٣٤"), float("٣.٥"), "²".isdigit(), "²".isdecimal(), "Ⅷ".isnumeric(), "x²".isalnum(), "\u00a0".isspace(), "\u3000".isspace(), "\u200b".isspace())
s = "🐍 snake é 中文"
print(s[0], s[2:7], s[::-1], s.find("中"), s.encode("utf-8"), s.encode("utf-16-be"), s.encode("utf-32-le")[:8], len(s.encode()), s.upper(), s.split(), s.partition("é"), s.replace("é", "E"), s.center(20, "·"), s.index("文"), s.count("a"), [ord(c) for c in s][:3])
lone = "\ud83d\ude00"
print(len(lone), ascii(lone), lone == "😀", ascii(lone[0]), ascii("\udc80a"))
try: print("\ud800".encode())
except UnicodeEncodeError as e: print(e, e.start, e.end, e.reason, ascii(e.object))
try: b"\xed\xa0\x80".decode()
except UnicodeDecodeError as e: print(e)
for b in (b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xff", b"ab\xe2\x82cd"):
    try: b.decode()
    except UnicodeDecodeError as e: print(e, repr(b.decode("utf-8", "replace")))
print("İ".lower() == "i̇", len("İ".lower()), "ŉ".upper(), "ΐ".upper(), "ᾳ".upper(), "ᾳ".title(), "ﬀ".capitalize(), "ÿ".upper(), "µ".upper(), "ẞ".lower(), "ꭰ".upper(), "ა".upper(), "Ა".lower())
print(sorted("éaz中A"), max("aé中"), "a" < "é" < "中" < "😀", "é" * 3, "-".join("é中"), "éé".count("é"), "aéa".rfind("a"), "中文".startswith("中"), "x中y".split("中"))
print("{:é>5}|{:中^7}|".format("a", "b"), "%5s|" % "é", f"{'😀':>4}|", "\t中\té".expandtabs(4), "é".zfill(4), "中".ljust(3, "é"))
