# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of binfmt-install(8) for fish 3 and later.

set -g __binfmt_install_architectures \
    386 amd64 arm arm64 loong64 mips64 mips64le ppc64 ppc64le \
    riscv32 riscv64 s390x

# The folder of the entries: that of --binfmt-dir if the command line has one.
function __binfmt_install_dir
    set -l tokens (commandline -opc)
    set -l dir /proc/sys/fs/binfmt_misc
    for i in (seq (count $tokens))
        switch $tokens[$i]
            case '--binfmt-dir=/*'
                set dir (string replace -- '--binfmt-dir=' '' $tokens[$i])
            case --binfmt-dir
                set -l next (math $i + 1)
                set -q tokens[$next]; and set dir $tokens[$next]
        end
    end
    echo $dir
end

function __binfmt_install_entries
    for path in (__binfmt_install_dir)/*
        switch (basename $path)
            case register status
            case '*'
                printf '%s\tentry\n' (basename $path)
        end
    end
end

function __binfmt_install_words
    printf '%s\tarchitecture\n' $__binfmt_install_architectures
    printf '%s\tevery one\n' all
end

function __binfmt_install_removable
    __binfmt_install_words
    __binfmt_install_entries
end

# Whether the command line so far says that something is to be removed.
function __binfmt_install_removing
    for token in (commandline -opc)[2..-1]
        switch $token
            case --remove --uninstall '--uninstall=*'
                return 0
            case '--*'
            case '-*r*'
                return 0
        end
    end
    return 1
end

complete -c binfmt-install -f
complete -c binfmt-install -n 'not __binfmt_install_removing' \
    -a '(__fish_complete_list , __binfmt_install_words)'
complete -c binfmt-install -n __binfmt_install_removing \
    -a '(__fish_complete_list , __binfmt_install_removable)'

complete -c binfmt-install -s r -l remove -d 'Remove architectures, entries, or all'
complete -c binfmt-install -s s -l status -d 'What is registered, and whether it works'
complete -c binfmt-install -s n -l dry-run -d 'Print the plan and change nothing'
complete -c binfmt-install -l replace -d 'Replace a working entry too'
complete -c binfmt-install -l json -d 'The report as JSON on stdout'
complete -c binfmt-install -l credentials -d 'Add the C flag, for setuid programs'
complete -c binfmt-install -l interpreter-dir -x -a '(__fish_complete_directories)' -d 'Look for interpreters here first'
complete -c binfmt-install -l binfmt-dir -x -a '(__fish_complete_directories)' -d 'Where binfmt_misc is mounted'
complete -c binfmt-install -l no-verify -d 'Do not prove by execution that it works'
complete -c binfmt-install -l timeout -x -d 'Time limit of each proof in seconds'
complete -c binfmt-install -s q -l quiet -d 'No table, errors alone'
complete -c binfmt-install -s v -l verbose -d 'Say what is done'
complete -c binfmt-install -l version -d 'Print the version'
complete -c binfmt-install -s h -l help -d 'Print the help'
complete -c binfmt-install -l install -x -a '(__fish_complete_list , __binfmt_install_words)' -d 'Install a list of architectures'
complete -c binfmt-install -l uninstall -x -a '(__fish_complete_list , __binfmt_install_removable)' -d 'Remove a list'
