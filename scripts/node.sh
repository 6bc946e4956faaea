#!/bin/sh
# Becomes this checkout's Node: `sh scripts/node.sh <arguments of node>`. Every npm script goes through here, so that a
# fresh clone needs only npm and the Node that came with it: dependencies are installed when node_modules is missing or
# older than the lock file, and Node itself is one of them. `exec` all the way down, so that signals reach the program.
set -eu

fail() {
  echo "clientele: $1" >&2
  exit 1
}

cd -- "$(dirname -- "$0")/.."
installed=node_modules/.package-lock.json # npm writes it last
lock=.install-lock                        # a link to the holder's process id: made, and read, in one step

stale() { [ ! -f "$installed" ] || [ "$installed" -ot package-lock.json ]; }

acquire() {
  [ -w . ] || fail "cannot install dependencies: $PWD is not writable"
  attempts=0
  until ln -s "$$" "$lock" 2>/dev/null; do
    attempts=$((attempts + 1))
    [ "$attempts" -le 600 ] || fail "another installation holds $PWD/$lock; remove it if there is none"
    holder=$(readlink "$lock") || continue
    if [ "$holder" = "$$" ] || ! kill -0 "$holder" 2>/dev/null; then
      rm -f "$lock" # its holder was killed
    else
      sleep 1
    fi
  done
}

# With the Node that npm itself runs on: the one in node_modules is about to be replaced. Nothing here needs an install
# script, so none is run. stdout belongs to the program that is started afterwards.
install() {
  echo 'clientele: installing dependencies' >&2
  outer=${npm_node_execpath:-}
  PATH="${outer:+${outer%/*}:}$PATH" npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error >&2 &
  installer=$!
  trap 'kill "$installer" 2>/dev/null || :; wait "$installer" || :; exit 143' TERM INT HUP
  wait "$installer"
  trap - TERM INT HUP
}

if stale; then
  acquire
  trap 'rm -f "$lock"' EXIT
  if stale; then install; fi # whoever held the lock may have done it
  rm -f "$lock"
  trap - EXIT
fi

node=$PWD/node_modules/.bin/node
if ! "$node" --version >/dev/null 2>&1; then
  node=${npm_node_execpath:-$(command -v node)}
  major=$("$node" -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 24 ] || fail "the registry has no Node for this platform and the installed one is $major: install Node 24 or later"
fi
export PATH="${node%/*}:$PWD/node_modules/.bin:$PATH"
# Stripped and compiled sources, by their content: a second start takes a third less.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/node}"
exec "$node" "$@"
