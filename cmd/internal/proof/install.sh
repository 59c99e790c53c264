#!/bin/sh
# install.sh [all]: installs the engines that tests start, from Debian packages; with "all" also the browser that only
# the long tests need. It installs only what is missing, says what, and starts nothing. Where it may not install, it says
# so, and the tests skip what they lack; with CI=true that is a failure.
set -eu
export DEBIAN_FRONTEND=noninteractive

missing=
need() { # need PROGRAM PACKAGE
	command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}
need nginx nginx
need haproxy haproxy
need redis-server redis-server
need promtool prometheus
need luajit luajit
[ "${1:-}" != all ] || need chromium chromium

[ -n "$missing" ] || exit 0
cannot() {
	echo "not installed:$missing ($1); the tests that need them are skipped" >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
}
command -v apt-get >/dev/null 2>&1 || cannot "there is no apt-get here"
[ "$(id -u)" = 0 ] || cannot "only root may install packages"

# Packages start their servers when they are installed; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
	trap 'rm -f "$policy"' EXIT
fi
echo "installing:$missing"
# shellcheck disable=SC2086 # a list of words
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 || cannot "apt-get failed"
