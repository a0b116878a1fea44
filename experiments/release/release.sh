#!/usr/bin/env bash
# Builds what is handed out: one static trtnas for each platform, a container's
# root folder, checksums and a software bill of materials. The same commit and
# versions give the same bytes.
#
#   release.sh PYTHON FOLDER    PYTHON has ziglang, which is the C compiler for SQLite
set -euo pipefail
python=$(realpath --no-symlinks "$1") out=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p "$out"
out=$(realpath "$out")

version=$(git describe --tags --always --dirty)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build GOARCH ZIG_TARGET: netgo and osusergo keep the C library's resolver out, which is not static.
build() {
  printf '#!/bin/sh\nexec "%s" -m ziglang cc -target %s "$@"\n' "$python" "$2" > "$work/cc-$1"
  chmod +x "$work/cc-$1"
  mkdir -p "$work/$1"
  CGO_ENABLED=1 GOOS=linux GOARCH=$1 CC="$work/cc-$1" go build -trimpath -buildvcs=true \
    -tags netgo,osusergo,sqlite_omit_load_extension -ldflags '-s -w -linkmode external -extldflags -static' \
    -o "$work/$1/trtnas" ./cmd/trtnas
  cp README.md LICENSE NOTICE "$work/$1/"
  tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --directory="$work/$1" . |
    gzip -n > "$out/trtnas-$version-linux-$1.tar.gz"
}
build amd64 x86_64-linux-musl
build arm64 aarch64-linux-musl

go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 \
  bin -json -noserial -output "$out/trtnas-$version.cdx.json" "$work/amd64/trtnas"
(cd "$out" && sha256sum trtnas-"$version"* > "trtnas-$version.sha256")
ls -l "$out"
