#!/usr/bin/env bash
# Like ../run.sh, against libtss2-mu 3.2 (Debian 12: libtss2-dev).
#
# usage: fuzz/differential/run.sh SECONDS_PER_TARGET [TARGET...]
set -euo pipefail

pkg-config --exists 'tss2-mu >= 3.2.0' 'tss2-mu < 3.3.0' || {
    echo "libtss2-mu 3.2 is missing; run: apt-get install pkg-config libtss2-dev" >&2
    exit 1
}
PACKAGE=differential exec bash "$(dirname "$0")/../run.sh" "$@"
