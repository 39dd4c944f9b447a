"""python-cwt on the texts it is given. Run by path in a process of its own: ``cwt_peer.py FOLDER``."""

import json
import sys
import time
import zlib
from base64 import b64decode
from collections.abc import Callable
from statistics import median
from typing import Any


def main(folder: str) -> None:
    sys.path.insert(0, folder)
    import cwt  # type: ignore[import-not-found]
    from base45 import b45decode  # type: ignore[import-not-found]

    def reader(case: dict[str, str]) -> Callable[[], Any]:
        key = cwt.COSEKey.from_pem(case["pem"], kid=b64decode(case["key_id"]), alg=case["algorithm"])
        text = case["text"]
        return lambda: cwt.decode(zlib.decompress(b45decode(text[4:])), keys=[key])

    readers = [reader(case) for case in json.loads(sys.stdin.readline())]
    for read in readers:
        if -260 not in read():
            raise ValueError("not the claims of the pass")
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps([median(_times_us(read, int(line))) for read in readers]), flush=True)


def _times_us(call: Callable[[], Any], calls: int) -> list[float]:
    times = []
    for _ in range(calls):
        started = time.perf_counter_ns()
        call()
        times.append((time.perf_counter_ns() - started) / 1000)
    return times


if __name__ == "__main__":
    main(sys.argv[1])
