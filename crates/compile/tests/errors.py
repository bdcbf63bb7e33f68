"""What CPython says about each snippet (separated by `---` lines) of the file given: errors and warnings with their places."""

import sys
import warnings

snippets = open(sys.argv[1]).read().split("\n---\n")
for number, source in enumerate(snippets):
    source = source.rstrip("\n") + "\n"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compile(source, "f", "exec")
            result = "ok"
        except SyntaxError as e:
            result = f"{e.msg} @ {e.lineno}:{e.offset}-{e.end_lineno}:{e.end_offset}"
        except Exception as e:
            result = f"{type(e).__name__}: {e}"
    notes = "".join(f" | {w.message} @ {w.lineno}" for w in caught)
    print(f"{number}: {result}{notes}")
