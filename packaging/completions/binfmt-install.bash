# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of binfmt-install(8) for bash 4 and later. Needs no other package.

# The names of the registered entries in the folder $1.
_binfmt_install_entries()
{
	local path

	for path in "$1"/*; do
		case ${path##*/} in
		register | status) ;;
		*) [[ -e $path ]] && printf '%s\n' "${path##*/}" ;;
		esac
	done
}

_binfmt_install()
{
	# The options that take an argument end with =.
	local options='
		-r --remove
		-s --status
		-n --dry-run
		--replace
		--json
		--credentials
		--interpreter-dir=
		--binfmt-dir=
		--no-verify
		--timeout=
		-q --quiet
		-v --verbose
		--version
		-h --help
		--install=
		--uninstall=
	'
	local architectures='
		386 amd64 arm arm64 loong64 mips64 mips64le ppc64 ppc64le
		riscv32 riscv64 s390x
	'
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local dir=/proc/sys/fs/binfmt_misc removing='' before='' word i
	local IFS=$' \t\n'

	COMPREPLY=()
	# Bash breaks words at =, so --timeout=5 comes as three.
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--remove | --uninstall)
			removing=yes
			;;
		--binfmt-dir)
			word=${COMP_WORDS[i + 1]}
			[[ $word == = ]] && word=${COMP_WORDS[i + 2]-}
			[[ $word == /* ]] && dir=$word
			;;
		--*) ;;
		-*r*)
			removing=yes
			;;
		esac
	done

	case $prev in
	--interpreter-dir | --binfmt-dir)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--timeout)
		return
		;;
	--install | --uninstall) ;;
	*)
		if [[ $cur == -* ]]; then
			for word in $options; do
				[[ $word == "$cur"* ]] && COMPREPLY+=("$word")
			done
			[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] &&
				compopt -o nospace 2>/dev/null
			return
		fi
		;;
	esac

	# A list with commas: what stands before the last comma stays.
	[[ $cur == *,* ]] && before=${cur%,*},
	cur=${cur##*,}
	for word in $architectures all; do
		[[ $word == "$cur"* ]] && COMPREPLY+=("$before$word")
	done
	[[ $removing ]] || return 0
	# Not with compgen -W, which would expand what stands in a name.
	while IFS= read -r word; do
		[[ $word == "$cur"* ]] || continue
		printf -v word %q "$word"
		COMPREPLY+=("$before$word")
	done < <(_binfmt_install_entries "$dir")
	return 0
}

complete -F _binfmt_install binfmt-install
