#!/usr/bin/env bash
# Puts CPython 3.14 with its test suite into a folder, from Debian's unstable packages, without installing anything:
#   get_cpython.sh DIR     then: DIR/python3.14 is the interpreter, DIR/root/usr/lib/python3.14 holds the package `test`
# The interpreter starts through the packages' own loader, so it doesn't matter which C library this machine has. Exit status 3: not to be had here.
set -euo pipefail

target=$(mkdir -p "$1" && cd "$1" && pwd)
missing() { echo "get_cpython: $*" >&2; exit 3; }
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || missing "needs apt-get and dpkg-deb"

# The mirror that this machine already uses, else Debian's own.
mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep -m1 debian || true)
[ -n "$mirror" ] || mirror=$(grep -hoE '(https?|mirror)[^ ]*debian[^ ]*' /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
[ -n "$mirror" ] || mirror=http://deb.debian.org/debian
mirror=${mirror%-security}

# An apt of its own: lists, cache and sources all live in the folder. The packages are read, never installed, so their signature is not asked for.
mkdir -p "$target"/apt/{lists/partial,cache/archives/partial} "$target/debs" "$target/root"
printf 'deb [trusted=yes] %s sid main\n' "$mirror" > "$target/apt/sources.list"
apt=(apt-get -qq -o "Dir::Etc::SourceList=$target/apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::Etc::PreferencesParts=-
     -o "Dir::State::Lists=$target/apt/lists" -o "Dir::Cache=$target/apt/cache" -o APT::Sandbox::User=
     -o Acquire::http::Timeout=20 -o Acquire::Retries=1)
timeout 300 "${apt[@]}" update >/dev/null 2>&1 || missing "the package lists can't be fetched"

needed="python3.14 python3.14-minimal libpython3.14-minimal libpython3.14-stdlib libpython3.14-testsuite libc6 libexpat1 zlib1g"
useful="libbz2-1.0 liblzma5 libzstd1 libssl3t64 libffi8 libsqlite3-0 libncursesw6 libtinfo6 libreadline8t64 libuuid1 libmpdec4 libcrypt1 libgcc-s1"
cd "$target/debs"
for package in $needed; do
  timeout 300 "${apt[@]}" download "$package" >/dev/null 2>&1 || missing "the package $package can't be fetched"
done
for package in $useful; do
  timeout 120 "${apt[@]}" download "$package" >/dev/null 2>&1 || echo "get_cpython: goes on without $package" >&2
done
for file in *.deb; do dpkg-deb -x "$file" "$target/root"; done

loader=$(find "$target/root" -name 'ld-linux-*.so.*' ! -type d | head -n 1)
libraries=$(find "$target/root" -name 'libc.so.6' -printf '%h\n' -o -name 'libexpat.so.1' -printf '%h\n' | sort -u | paste -sd:)
cat > "$target/python3.14" <<SCRIPT
#!/bin/sh
# --argv0 makes sys.executable this script, so that tests can start further interpreters.
PYTHONHOME='$target/root/usr' exec '$loader' --argv0 "\$0" --library-path '$libraries' '$target/root/usr/bin/python3.14' "\$@"
SCRIPT
chmod +x "$target/python3.14"
"$target/python3.14" -c 'import sys, test; print("CPython", sys.version.split()[0], "with its tests")'
