# Shared by the scripts. Sourced, not run.
set -euo pipefail

SALUS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export SALUS_CACHE=${SALUS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/salus}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$SALUS_CACHE/target}
export PATH="$HOME/.cargo/bin:$PATH"
SALUS_BIN=$CARGO_TARGET_DIR/release

say() { printf '%s\n' "$*"; }
fail() {
	printf '\nsalus: %s\n' "$*" >&2
	exit 1
}

# stage NAME COMMAND…: runs the command, prints its duration, and stops the script if it fails. If
# the command is a function, its first failing step stops the script.
stage() {
	local stage_name=$1 stage_start=$SECONDS stage_depth=$BASH_SUBSHELL
	shift
	printf '\n==> %s\n' "$stage_name"
	# As a part of a condition the command would run without `set -e`. So a trap reports its
	# failure.
	set -E
	trap 'end_stage $?' ERR
	"$@"
	# A caller that is part of a condition has `set -e` and the trap switched off.
	end_stage $?
}
# end_stage STATUS: ends the current stage. Ignores a failure in a subshell of the stage, which has
# its own result.
end_stage() {
	[ "$BASH_SUBSHELL" -eq "$stage_depth" ] || return "$1"
	trap - ERR
	set +E
	printf '<== %s: %d s\n' "$stage_name" $((SECONDS - stage_start))
	[ "$1" -eq 0 ] || fail "$stage_name failed (exit code $1)"
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

# retry COMMAND…: runs a command that needs the network, up to three times until it succeeds. The
# pauses outlast a short failure of a registry.
retry() {
	local pause
	for pause in 5 20; do
		"$@" && return
		say "Failed: $*. Trying again in $pause s." >&2
		sleep "$pause"
	done
	"$@"
}

# is_built FILE…: returns whether SALUS_BUILT=1 says that the binaries are built. Fails if one of
# these files is not in $SALUS_BIN.
is_built() {
	[ "${SALUS_BUILT:-}" = 1 ] || return 1
	local file
	for file; do
		[ -x "$SALUS_BIN/$file" ] ||
			fail "SALUS_BUILT=1 is set, but $SALUS_BIN/$file is missing; build it, or set CARGO_TARGET_DIR to the folder of the build"
	done
}

# Installs the tools, and builds the binaries. With SALUS_BUILT=1, only checks that both are there.
prepare_binaries() {
	local tool
	if is_built salus-node salus salus-gateway; then
		for tool in jq curl openssl; do
			command -v "$tool" >/dev/null || fail "$tool is missing; install it"
		done
		return
	fi
	stage "Tools" scripts/setup
	stage "Build (the first time takes up to 45 minutes)" build_binaries
}

# Builds the node, the command line and the gateway. With the example, cargo resolves the same
# features as for the tests, so that both share one build.
build_binaries() {
	cargo build --release --workspace --locked --bin salus-node --bin salus --bin salus-gateway --example speed
}
