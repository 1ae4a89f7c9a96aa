# Builds the programs in Java, with Maven. Sourced, not run, after these are set: `name` of the
# script in its messages, `folder` of the program, `target` of the build, and `sources` below the
# folder.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/common.sh"

fail() {
	printf '\n%s: %s\n' "$name" "$*" >&2
	exit 2
}

# Succeeds if the program is built, and is newer than its sources.
is_built() {
	[ -e "$target/built" ] &&
		[ -z "$(cd "$folder" && find "${sources[@]}" -newer "$target/built")" ]
}

# Builds the program, without a network if Maven has what it needs. The caller confirms it with
# `touch "$target/built"`.
package() {
	local program
	for program in mvn java; do
		command -v "$program" >/dev/null ||
			fail "$program is missing; install the packages maven and default-jdk-headless"
	done
	rm -rf "$target"
	{
		mvn -q -B -o -f "$folder/pom.xml" package >/dev/null ||
			retry mvn -q -B -f "$folder/pom.xml" package
	} >&2 || fail "the program was not built; Maven's message is above"
}
