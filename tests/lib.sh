# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For the tests that need the real kernel: TAP, and a private place.
#
# A test sources this file. It is then run again inside a user, mount and PID namespace of
# its own, once as root and once as an ordinary user, where it has
#
#	/mnt/bin	the programs, and the tools that the tests are built with
#	/mnt/...	a tmpfs: folders that are root's, for interpreters
#	binfmt_misc	not mounted yet; `mounted` mounts it, empty
#
# so that neither the machine's entries nor its files can be touched. What must be in a
# test: `ok`, `is`, `like` or `gives`, and `finish` at the end.

set -u
: "${BINFMT_BUILD:=$PWD}"
self=$(readlink -f "$0")
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# --- Outside: run the test twice inside, and number its lines through.

# The namespaces that the machine's own programs are in, to compare with.
identity() { readlink /proc/self/ns/user /proc/self/ns/mnt | tr '\n' ' '; }

enter() { # WHO
	local become=()
	# Without root, the ordinary user is whoever we are.
	[ "$1$(id -u)" != user0 ] ||
		become=(setpriv --reuid 4242 --regid 4242 --clear-groups)
	# Through a pipe: an ordinary user need not be able to read the build tree.
	tar -C "$BINFMT_BUILD" -cf - binfmt-install binfmt-helper tests/tools \
		-C "$here" lib.sh -C "$(dirname "$self")" "$(basename "$self")" |
		env -i PATH="/usr/sbin:/usr/bin:/sbin:/bin" LC_ALL=C HOME=/nonexistent \
			BINFMT_OUTSIDE="$(identity)" BINFMT_WHO="$1" \
			BINFMT_MUST_RUN="${BINFMT_MUST_RUN-}" BINFMT_TEST="$(basename "$self")" BINFMT_LIB=/mnt/bin/lib.sh \
			BINFMT_SANITIZED="${BINFMT_SANITIZED-}" \
			"${become[@]}" unshare -Urmpf --mount-proc bash -c '
				mount -t tmpfs -o mode=755 tmpfs /mnt && cd /mnt && mkdir bin &&
				tar -C bin -xf - && mv bin/tests/tools/* bin/ &&
				exec bash "/mnt/bin/$BINFMT_TEST"'
}

outside() {
	local who line ended count=0 status=0 users=(root user)
	[ "$(id -u)" = 0 ] || users=(user)
	for who in "${users[@]}"; do
		exec 9< <(enter "$who" 2>&1; echo "exit $?")
		ended=no
		while IFS= read -r line <&9; do
			case $line in
			'ok '* | 'not ok '*)
				count=$((count + 1))
				case $line in not*) status=1 ;; esac
				printf '%s %d - %s: %s\n' "${line%% [0-9]*}" "$count" "$who" \
					"${line#*ok *[0-9] - }"
				;;
			'finished') ended=yes ;;
			'exit 0') ;;
			'exit '*) ended="no: $line" ;;
			*) printf '# %s\n' "${line#\# }" ;;
			esac
		done
		if [ "$ended" != yes ]; then
			count=$((count + 1))
			status=1
			echo "not ok $count - $who: the test ran to its end ($ended)"
		fi
	done
	if [ "$(id -u)" != 0 ]; then
		count=$((count + 1))
		if [ "${BINFMT_MUST_RUN-}" = 1 ]; then
			status=1
			echo "not ok $count - root: not started by root"
		else
			echo "ok $count - root # SKIP not started by root"
		fi
	fi
	echo "1..$count"
	exit $status
}

if [ -z "${BINFMT_WHO-}" ]; then
	outside
fi

# --- Inside.

if [ "$(identity)" = "$BINFMT_OUTSIDE" ] || [ "$(stat -fc %T /mnt)" != tmpfs ]; then
	echo "# this is the machine's own namespace: nothing is tested here"
	exit 1
fi

# shellcheck disable=SC2034 # for the tests
INSTALL=/mnt/bin/binfmt-install HELPER=/mnt/bin/binfmt-helper FS=/proc/sys/fs/binfmt_misc
tap=0

# Whether it held, and what it was: ok STATUS DESCRIPTION
ok() {
	tap=$((tap + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap - $2"
	else
		echo "not ok $tap - $2"
		show
	fi
}

# What the last `run` said, for a failure.
show() {
	printf '# $ %.300s\n# status %s\n' "${command-}" "${status-}"
	printf '%.4000s\n' "${out-}" | head -n 40 | sed 's/^/# out: /'
	printf '%.4000s\n' "${err-}" | head -n 20 | sed 's/^/# err: /'
}

# is GOT WANTED DESCRIPTION
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '# got    %q\n# wanted %q\n' "$1" "$2"
}

# like TEXT GLOB DESCRIPTION
like() {
	# shellcheck disable=SC2053 # a glob is wanted
	[[ $1 == $2 ]]
	ok $? "$3"
	# shellcheck disable=SC2053
	[[ $1 == $2 ]] || printf '# %q\n# is not like %q\n' "$1" "$2"
}

skip() { # DESCRIPTION WHY
	tap=$((tap + 1))
	if [ "${BINFMT_MUST_RUN-}" = 1 ]; then
		echo "not ok $tap - $1: skipped where all must run: $2"
	else
		echo "ok $tap - $1 # SKIP $2"
	fi
}

# Runs a command: $status, $out, $err.
run() {
	command=$*
	status=0
	"$@" > /mnt/out 2> /mnt/err < /dev/null || status=$?
	out=$(tr -d '\0' < /mnt/out)
	err=$(tr -d '\0' < /mnt/err)
}

# Runs a command and checks its exit status: gives STATUS DESCRIPTION COMMAND...
gives() {
	local wanted=$1 what=$2
	shift 2
	run "$@"
	is "$status" "$wanted" "$what: exit status $wanted"
}

mounted() {
	mount -t binfmt_misc binfmt_misc $FS
}

# An empty instance, whatever was there: entries go with the last mount.
emptied() {
	! mountpoint -q $FS || umount $FS
	mounted
	[ -z "$(entries)" ] || { echo "# not empty: $(entries)"; exit 1; }
}

# The names of all entries, sorted, on one line.
entries() {
	find $FS -mindepth 1 -printf '%f\n' | grep -vxE 'register|status' | sort | xargs
}

# register NAME FLAGS INTERPRETER: an entry for arm64 programs, by hand.
ARM64_MAGIC='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
ARM64_MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
register() {
	printf '%s' ":$1:M::$ARM64_MAGIC:$ARM64_MASK:$3:$2" > $FS/register
}

# Runs the probe of an architecture as the kernel takes it: prints its name.
probe() { # ARCH [ARGS]
	local file=/mnt/probe-$1
	[ -e "$file" ] || /mnt/bin/make-probe "$1" > "$file"
	chmod 755 "$file"
	"$file" 2>&1
}

# shellcheck disable=SC2034 # for the tests
QEMU=/usr/bin/qemu-aarch64-static

finish() {
	echo finished
	exit 0
}
