#!/usr/bin/env bash
# Uses what was released as a stranger would: checksums, static linking, a
# search whose database survives a kill, in an empty root folder as in the
# container, and that each platform reads the other's database.
#
#   check.sh FOLDER    needs chroot (root), and qemu-aarch64-static for arm64
set -euo pipefail
cd "$1"
sha256sum --check --quiet ./*.sha256
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run PLATFORM ARGUMENTS: in a root folder that has nothing but the program.
run() {
  local platform=$1
  shift
  case $platform in
  amd64) chroot "$work/amd64" /trtnas "$@" ;;
  arm64) chroot "$work/arm64" /qemu /trtnas "$@" ;;
  esac
}

for platform in amd64 arm64; do
  mkdir -p "$work/$platform/tmp"
  tar --extract --gzip --file ./*-linux-$platform.tar.gz --directory "$work/$platform"
  if file "$work/$platform/trtnas" | grep --invert-match --quiet 'statically linked'; then
    echo "trtnas for $platform is not static" >&2
    exit 1
  fi
done
cp "$(command -v qemu-aarch64-static)" "$work/arm64/qemu"

for platform in amd64 arm64; do
  run $platform --version
  run $platform search --budget 10ms --evals 20000 --name killed --db /runs.db > /dev/null 2>&1 &
  sleep 2
  # The process has the name of what chroot starts, under emulation too.
  pkill -9 --full "search --budget 10ms --evals 20000 --name killed" || { echo "nothing to kill on $platform: it was over" >&2; exit 1; }
  wait || true
  run $platform resume killed --db /runs.db > /dev/null 2>&1
  run $platform front killed --db /runs.db > "$work/$platform.txt"
done
# A database is the same everywhere.
cp "$work/arm64/runs.db" "$work/amd64/other.db"
run amd64 front killed --db /other.db | cmp - "$work/arm64.txt"
echo "both platforms: static, killed and resumed; fronts of $(grep -c predicted "$work/amd64.txt") and $(grep -c predicted "$work/arm64.txt") lines"
