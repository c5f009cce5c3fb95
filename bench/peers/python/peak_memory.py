"""The Python twin of bench/peak-memory.mjs."""

import re
import resource
import sys
from pathlib import Path


def peak_megabytes():
    if sys.platform == "linux":
        # getrusage begins with the peak of the process that started this one.
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1.024 / 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
