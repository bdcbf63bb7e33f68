import csv, io, shlex, fnmatch, glob, pprint, difflib, urllib.parse, html, uuid, configparser
print(list(csv.reader(["a,b", '"x,y","q""z"', "1;2"])), list(csv.DictReader(["h1,h2", "1,2,3", "4"])))
o = io.StringIO(); w = csv.writer(o, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n"); w.writerow([1, "a b", 'q"t', None, "x,y"]); csv.DictWriter(o, ["a", "b"], lineterminator="\n").writerow({"a": 1}); print(o.getvalue())
try: list(csv.reader(["\"a"], strict=True))
except csv.Error as e: print(e)
print(shlex.split("a 'b c' \"d e\" f\\ g"), shlex.quote("a b"), fnmatch.filter(["a.py", "b.txt"], "*.py"), pprint.pformat({"k": list(range(30)), "z": "s"}, width=40), "\n".join(difflib.unified_diff(["a", "b"], ["a", "c"], lineterm="")), difflib.get_close_matches("appel", ["apple", "ape"]), urllib.parse.urlparse("http://u@h:8/p;q?a=1#f"), urllib.parse.quote("a b/é"), urllib.parse.urlencode({"a": "x y"}), html.escape("<a&'\">"), html.unescape("&eacute;&#65;&lt;"), uuid.UUID(int=5), uuid.uuid5(uuid.NAMESPACE_DNS, "x"))
c = configparser.ConfigParser(); c.read_string("[s]\na = 1\nb = %(a)s2\n"); print(c["s"]["b"], c.getint("s", "a"), c.sections())
