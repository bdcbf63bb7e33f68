"""Encodes and decodes documents with the standard library's json."""

DEFAULT = 450

import sys

# This folder comes first on the path, and this file would stand in for the library module.
sys.path.pop(0)
import json


def document(i):
    return {
        "id": i,
        "name": f"item {i} — näme",
        "tags": [f"t{j}" for j in range(i % 7)],
        "ratio": i / 7,
        "nested": {"a": [None, True, False, {"deep": [i, [i + 1, [i + 2]]]}], "escaped": 'quote " and \\ and \n'},
        "big": 10 ** (i % 30),
    }


def main(n):
    documents = [document(i) for i in range(200)]
    size = 0
    for turn in range(n):
        text = json.dumps(documents, indent=2 if turn % 5 == 0 else None, sort_keys=turn % 2 == 0)
        size += len(text)
        assert json.loads(text) == documents
    print(size)


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
