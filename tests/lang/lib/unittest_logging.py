import unittest, io, logging, argparse
class T(unittest.TestCase):
    def test_ok(self): self.assertEqual(1, 1)
    def test_fail(self): self.assertEqual([1, 2], [1, 3])
    def test_err(self): 1 / 0
    @unittest.skip("why")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_xfail(self): self.fail()
    def test_sub(self):
        for i in range(2):
            with self.subTest(i=i): self.assertTrue(i)
    def test_raises(self):
        with self.assertRaisesRegex(ValueError, "x+") as c: raise ValueError("xx")
        self.assertIn("xx", str(c.exception))
r = unittest.TestResult(); unittest.defaultTestLoader.loadTestsFromTestCase(T).run(r)
print(r.testsRun, len(r.failures), len(r.errors), len(r.skipped), len(r.expectedFailures), r.failures[0][1].splitlines()[-1], r.wasSuccessful())
s = io.StringIO(); h = logging.StreamHandler(s); h.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s")); l = logging.getLogger("me.sub"); l.addHandler(h); l.setLevel("INFO"); l.propagate = False
l.info("hello %s", "w"); l.debug("no"); l.warning("w %d", 5)
try: 1 / 0
except ZeroDivisionError: l.exception("exc")
print(s.getvalue().splitlines()[:3], s.getvalue().splitlines()[-1])
p = argparse.ArgumentParser(prog="prog", description="d"); p.add_argument("file"); p.add_argument("-n", type=int, default=1, help="number"); p.add_argument("--flag", action="store_true")
print(p.parse_args(["f", "-n", "5", "--flag"])); print(p.format_help())
import contextlib, sys
e = io.StringIO()
with contextlib.redirect_stderr(e):
    try: p.parse_args(["-n", "x", "f"])
    except SystemExit as x: print(x.code)
print(e.getvalue())
