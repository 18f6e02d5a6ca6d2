"""Trimmed midrange as a program: one JSON request a line on stdin, one JSON answer a line on stdout."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    inputs, f = request["inputs"], request["f"]
    columns = (sorted(column) for column in zip(*inputs))
    output = [(column[f] + column[-1 - f]) / 2 for column in columns]
    print(json.dumps({"output": output}), flush=True)
