#!/usr/bin/env bash
# Measures on a machine with a GPU and no network: unpacks TensorRT, and runs a batch of trtnas commands.
#
#   batch.sh STAGED BIN WORK OUT [STEP...]
#
# STAGED is what stage.sh wrote, BIN has the programs trtnas and blocks, WORK keeps the unpacked libraries, the database and
# timing caches from one call to the next, and OUT gets recordings, the database and what the commands printed. The steps
# are done in order, those that are done are not done again: doctor networks blocks calibrate search; all of them by default.
#
# BATCH_SECONDS ends the batch in time (540); SEARCH_SECONDS is the most that the search takes of it (300), BUDGET its
# latency budget (5ms), PYTHON the interpreter (python3).
# shellcheck disable=SC2329 # the steps are called by their names
set -euo pipefail

usage="usage: batch.sh STAGED BIN WORK OUT [STEP...]"
staged=${1:?$usage} bin=$(realpath "${2:?$usage}") work=$(realpath -m "${3:?$usage}") out=$(realpath -m "${4:?$usage}")
shift 4
if [ $# -eq 0 ]; then
  set -- doctor networks blocks calibrate search
fi

for step in "$@"; do
  case $step in
    doctor | networks | blocks | calibrate | search) ;;
    *) echo "unknown step $step; $usage" >&2; exit 2 ;;
  esac
done

python=${PYTHON:-python3}
ends=$((SECONDS + ${BATCH_SECONDS:-540}))
db=$work/trtnas.db
mkdir -p "$work/done" "$out/recordings"

published=(
  ResNet50 ResNet101 ResNet152 PVT-Small PVT-Medium Swin-T
  TRT-ViT-A TRT-ViT-B TRT-ViT-C TRT-ViT-D
  MixNetV MixNetA MixNetB MixNetC
  Refined-ResNet50 Refined-PVT-Small Refined-MixNetV
)
tools=(--driver python --python "$python" --timing-caches "$work/timing-caches" --record "$out/recordings")

# left is the number of seconds until the batch ends.
left() { echo $((ends - SECONDS)); }

# trtnas LOG SECONDS ARGUMENT... runs a command for some seconds at most, and keeps what it prints. It is interrupted as by
# Ctrl-C, after which what was measured is in the database.
trtnas() {
  local log=$out/$1.txt seconds=$2
  shift 2
  echo "trtnas $*" | tee -a "$log"
  timeout --signal=INT --kill-after=20 "$seconds" "$bin/trtnas" "$@" 2>&1 | tee -a "$log"
}

# measure LOG NETWORK... measures what is not in the database.
measure() {
  local log=$1
  shift
  trtnas "$log" "$(left)" measure "$@" --device local "${tools[@]}" --db "$db"
}

# The steps. What a measurement failed of is kept like any other result.

doctor() { trtnas doctor 180 doctor "${tools[@]}"; }

networks() { measure networks "${published[@]}"; }

blocks() {
  "$bin/blocks" -folder "$work/blocks"
  measure blocks "$work/blocks/base.onnx" "$work"/blocks/*-*.onnx
}

calibrate() { trtnas calibrate "$(left)" calibrate --device local "${tools[@]}" --db "$db"; }

search() {
  local seconds=${SEARCH_SECONDS:-300} code=0
  if [ "$(left)" -lt "$seconds" ]; then
    seconds=$(left)
  fi
  trtnas search "$seconds" search --budget "${BUDGET:-5ms}" --device local "${tools[@]}" --db "$db" || code=$?
  # 124: its time is over, which is how it is meant to end; 130: it was interrupted, and says how to resume.
  [ "$code" -eq 0 ] || [ "$code" -eq 124 ] || [ "$code" -eq 130 ]
}

if [ ! -e "$work/tensorrt/env.sh" ]; then
  bash "$(dirname "$0")/unpack.sh" "$staged" "$work/tensorrt"
fi
# shellcheck source=/dev/null
. "$work/tensorrt/env.sh"

result=0
for step in "$@"; do
  if [ -e "$work/done/$step" ]; then
    echo "$step was done"
    continue
  fi
  echo "== $step, $(left) s left"
  if [ "$(left)" -lt 30 ]; then
    echo "out of time: call again with the same WORK to go on"
    result=1
    break
  fi
  # A condition would turn errexit off inside the step.
  set +e
  (set -e; "$step")
  code=$?
  set -e
  if [ "$code" -eq 0 ]; then
    touch "$work/done/$step"
  else
    echo "$step ended with exit code $code"
    result=1
  fi
done

cp "$work"/trtnas.db* "$out/" 2>/dev/null || echo "nothing was measured"
exit "$result"
