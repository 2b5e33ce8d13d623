# Sourced by scripts/quickstart and scripts/test with $root set: finds npm and a Node new enough to use it,
# installs what package-lock.json lists when node_modules does not match it, and sets $node to the Node 24
# that the project runs on. Plain POSIX sh; it changes neither the folder the caller is in nor its HOME.

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

node_major() {
  "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0
}

install_packages() {
  echo "Installing npm packages ..."
  started=$(date +%s)
  # npm wants a folder for its cache; some service users have no home that can be written to.
  cache=
  if [ ! -d "${HOME:-}" ] || [ ! -w "${HOME:-}" ]; then
    cache=$(mktemp -d)
    export npm_config_cache="$cache"
  fi
  # loglevel=error hides EBADENGINE: the packages run on the Node 24 that comes with them, not on this one.
  status=0
  (cd "$root" && npm ci --audit=false --fund=false --update-notifier=false --loglevel=error >/dev/null) || status=$?
  if [ -n "$cache" ]; then
    rm -rf "$cache"
    unset npm_config_cache
  fi
  [ "$status" -eq 0 ] || fail "npm ci failed (exit code $status); its messages are above."
  echo "Installing npm packages: done in $(($(date +%s) - started)) s"
}

command -v node >/dev/null 2>&1 || fail "Node.js 20 or newer is needed and there is none on the PATH: install it from https://nodejs.org or your distribution."
[ "$(node_major node)" -ge 20 ] || fail "Node.js 20 or newer is needed, found $(node --version): install it from https://nodejs.org or your distribution."
command -v npm >/dev/null 2>&1 || fail "npm is needed and there is none on the PATH: it comes with Node.js from https://nodejs.org, or as your distribution's package npm."

node "$root/scripts/setup/modules-match.mjs" || install_packages

node="$root/node_modules/.bin/node"
if [ "$(node_major "$node")" -lt 24 ]; then
  node=$(command -v node)
  [ "$(node_major node)" -ge 24 ] || fail "Node.js 24 is needed, found $(node --version), and npm has no Node 24 for this machine ($(uname -sm)): install Node.js 24."
fi
