"""keylime's own function on a list in ASCII: prints nanoseconds of CPU time an entry."""

import sys
import time
import types

# Of the system, and not used for lists.
sys.modules.setdefault("gpg", types.ModuleType("gpg"))

from keylime.common.algorithms import Hash
from keylime.ima import ima

file, rounds = sys.argv[1], int(sys.argv[2])
with open(f"{file}.pcr", "rb") as pcr:
    value = pcr.read().hex()
times = []
for _ in range(rounds):
    start = time.process_time_ns()
    with open(f"{file}.ascii", encoding="utf-8") as log:
        lines = log.readlines()
    _, failure = ima.process_measurement_list(
        None, lines, pcrval=value, hash_alg=Hash.SHA256
    )
    times.append((time.process_time_ns() - start) / len(lines))
    kinds = {event.event_id for event in failure.events}
    assert not any("pcr_mismatch" in kind for kind in kinds), kinds
print(f"{min(times):.1f}")
