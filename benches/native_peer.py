"""onnxruntime's side of the native bench: `native_peer.py FILE.onnx`.

Reads lines from standard input; each asks for one forward pass and is answered with its milliseconds.
"""

import sys
import time

import numpy as np
import onnxruntime


def example(spec):
    """Any numbers of the right shape: how long a network takes does not depend on them."""
    if not all(isinstance(side, int) for side in spec.shape):
        sys.exit(f"input {spec.name} has open shapes {spec.shape}; export the file with fixed ones")
    count = int(np.prod(spec.shape))
    if spec.type == "tensor(int64)":
        return (1 + np.arange(count) % 7).astype(np.int64).reshape(spec.shape)
    if spec.type == "tensor(bool)":
        return np.ones(spec.shape, bool)
    return ((np.arange(count) * 7919 % 97) / 97 - 0.5).astype(np.float32).reshape(spec.shape)


session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
feeds = {spec.name: example(spec) for spec in session.get_inputs()}
for _ in sys.stdin:
    start = time.perf_counter()
    session.run(None, feeds)
    print((time.perf_counter() - start) * 1000, flush=True)
