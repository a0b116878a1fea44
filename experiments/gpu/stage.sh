#!/usr/bin/env bash
# Stages TensorRT 10.6, its Python bindings and ONNX Runtime in pieces that can be carried to a machine with a GPU and no
# network.
#
#   stage.sh OUT [PIECE_MiB]
#
# Needed here: mvn, pip, unzip, zstd, and 4 GiB of disk. The libraries come from Maven (org.bytedeco:tensorrt), the rest from
# PyPI, by the clients' own settings. Needed there: the Python of PYTHON_VERSION (3.12) and NVIDIA's driver, CUDA 12.6
# or later. NVIDIA's licence covers the libraries: they may be used, not published.
set -euo pipefail

libraries=10.6-1.5.11
bindings=10.6.0.post1
python_version=${PYTHON_VERSION:-3.12}

out=$(realpath -m "${1:?usage: stage.sh OUT [PIECE_MiB]}")
piece=${2:-56}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$out/wheels"
rm -f "$out"/tensorrt.tar.zst.* "$out"/wheels/*.whl

echo "fetching the libraries"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy \
  -Dartifact="org.bytedeco:tensorrt:$libraries:jar:linux-x86_64-redist" -DoutputDirectory="$work"
mkdir "$work/lib"
unzip -q -j "$work"/tensorrt-*.jar 'org/bytedeco/tensorrt/linux-x86_64/*' -d "$work/lib" -x '*vc_plugin*'
rm "$work"/tensorrt-*.jar

# ONNX Runtime computes what outputs should be; without it an engine in fp32 would be built for each.
echo "fetching the bindings and ONNX Runtime"
pip download -q --only-binary=:all: --python-version "$python_version" --implementation cp \
  --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_28_x86_64 \
  -d "$out/wheels" "tensorrt-cu12-bindings==$bindings" zstandard onnxruntime

# The long window is what matters: the kernels of one GPU are much like those of another.
echo "packing"
tar -C "$work/lib" -cf - . | zstd -q -12 --long=31 -T0 | split -b "${piece}M" -d -a 2 - "$out/tensorrt.tar.zst."

cp "$here/unpack.sh" "$here/batch.sh" "$out/"
(cd "$out" && sha256sum tensorrt.tar.zst.* wheels/* > SHA256SUMS)
du -sh "$out"
