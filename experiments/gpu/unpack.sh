#!/usr/bin/env bash
# Unpacks what stage.sh staged, and writes TO/env.sh, which is to be sourced.
#
#   unpack.sh STAGED TO
#
# Needs python3 of the version that was staged for, and 2 GiB each of memory and disk.
set -euo pipefail

staged=$(realpath "${1:?usage: unpack.sh STAGED TO}")
to=$(realpath -m "${2:?usage: unpack.sh STAGED TO}")

(cd "$staged" && sha256sum -c --quiet SHA256SUMS)
mkdir -p "$to/lib"
python3 -m pip install -q --no-index --no-deps --upgrade --target "$to/site" "$staged"/wheels/*.whl

cat "$staged"/tensorrt.tar.zst.* | PYTHONPATH="$to/site" python3 -c '
import sys, tarfile, zstandard
stream = zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(sys.stdin.buffer)
tarfile.open(fileobj=stream, mode="r|").extractall(sys.argv[1])
' "$to/lib"

cat > "$to/env.sh" <<ENV
export LD_LIBRARY_PATH="$to/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export PYTHONPATH="$to/site\${PYTHONPATH:+:\$PYTHONPATH}"
ENV
# shellcheck source=/dev/null
. "$to/env.sh"
python3 -c 'import tensorrt_bindings as t; print("TensorRT", t.__version__)'
