#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, each once, readable by its owner alone:
#   data/secrets/{backend-password,runner-password,admin-password}   data/api-key
# and names the owner in .env, since a container can read a mounted file only as the user who owns it.
set -eu
cd "$(dirname "$0")/.."
umask 077

# 160 bits as letters, digits, - and _
make_secret() {
  [ -e "$1" ] && return
  head -c 20 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' >"$1"
  echo "made $1"
}

mkdir -p data/secrets
for name in backend-password runner-password admin-password; do
  make_secret "data/secrets/$name"
done
make_secret data/api-key

uid=$(id -u)
if [ "$uid" -eq 0 ]; then
  # Nothing in a container runs as root, so the files are given to the images' usual user.
  uid=1000
  chown "$uid:$uid" data/secrets/* data/api-key
fi
touch .env
if ! grep -q '^CHAPTERHOUSE_UID=' .env; then
  echo "CHAPTERHOUSE_UID=$uid" >>.env
fi
grep -q '^PB_SHA256=' .env || echo "Now put PB_VERSION and PB_SHA256 into .env: docs/docker.md"
