#!/bin/sh
# Usage: build.sh FOLDER
# The package manager is asked for the version, where there is one: driver.c says why.
set -eu
version=$(dpkg-query --show --showformat='${Version}' libpaho-mqtt-dev 2>/dev/null || true)
cc -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra ${version:+"-DPACKAGED=\"$version\""} -rdynamic -o "$1/driver" driver.c -lpaho-mqtt3as -ldl
