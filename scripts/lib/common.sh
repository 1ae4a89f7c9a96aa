# Shared by the scripts. Sourced, not run.
set -euo pipefail

SALUS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/salus/target}
export PATH="$HOME/.cargo/bin:$PATH"
SALUS_CACHE=$HOME/.cache/salus
SALUS_BIN=$CARGO_TARGET_DIR/release

say() { printf '%s\n' "$*"; }
fail() {
	printf '\nsalus: %s\n' "$*" >&2
	exit 1
}

# stage NAME COMMAND…: runs the command, prints its duration, and stops the script if it fails.
stage() {
	local name=$1 start=$SECONDS status=0
	shift
	printf '\n==> %s\n' "$name"
	"$@" || status=$?
	printf '<== %s: %d s\n' "$name" $((SECONDS - start))
	[ "$status" -eq 0 ] || fail "$name failed (exit code $status)"
}

# as_root COMMAND…: runs the command as root, with sudo if needed.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		fail "this needs root: $*. Run it as root, then start this script again."
	fi
}

# Builds the node and the command line. With the example, cargo resolves the same features as for
# the tests, so that both share one build.
build_binaries() {
	cargo build --release --workspace --locked --bin salus-node --bin salus --example speed
}
