#!/bin/sh
# Installs a tarball into an empty project and runs the smoke suite on it: sh scripts/release/try.sh TARBALL
set -eu
tarball=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
suite=$(cd "$(dirname "$0")/../../test/smoke" && pwd)
project=$(mktemp -d)
cd "$project"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --ignore-scripts "$tarball"
cp -R "$suite" smoke
libc=$(node -p "process.platform !== 'linux' ? '' : process.report.getReport().header.glibcVersionRuntime ? '.glibc' : '.musl'")
SMOKE_BINARY=$(node -p "\`prebuilds/\${process.platform}-\${process.arch}/perceptra$libc.node\`") node smoke/main.mjs
npx --no-install perceptra info
