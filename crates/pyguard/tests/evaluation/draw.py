"""Draw a stable sample from PyGuard's findings, to be judged by reading.

usage: pyguard scan --format json PATHS... | python3 draw.py [COUNT]

Every finding is ordered by the SHA-256 of the seed, its file, function, rule and message, and the first COUNT (60) are
taken. Unlike a draw by position, this one hardly moves when a change to a rule adds or removes a few findings, so the
verdicts that were written down stay useful. The seed was fixed before the first draw.
"""

import hashlib
import json
import sys
from collections import Counter

SEED = "390:"


def rank(finding):
    key = SEED + ":".join(finding[name] or "" for name in ("file", "function", "rule", "message"))
    return hashlib.sha256(key.encode()).hexdigest()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    findings = json.load(sys.stdin)["findings"]
    drawn = sorted(findings, key=rank)[:count]
    for finding in drawn:
        print(
            f"{rank(finding)[:12]}\t{finding['file']}:{finding['line']}\t{finding['function']}\t"
            f"{finding['rule']}\t{finding['tier']}\t{finding['message']}"
        )
    tiers = Counter(finding["tier"] for finding in findings)
    print(f"{len(drawn)} of {len(findings)} drawn; by tier: {dict(sorted(tiers.items()))}", file=sys.stderr)


main()
