# shellcheck shell=bash
# raduno.bash - completion of "raduno ctl" for bash: to /usr/share/bash-completion/completions/raduno
_raduno() {
    local word=${COMP_WORDS[COMP_CWORD]} words=()
    [ "${COMP_WORDS[1]}" = ctl ] || { mapfile -t COMPREPLY < <(compgen -W "ctl --config --set --check --version --help" -- "$word"); return; }
    case $COMP_CWORD in
    2) mapfile -t words < <("${COMP_WORDS[0]}" ctl --words 2>/dev/null) ;;
    3) mapfile -t words < <("${COMP_WORDS[0]}" ctl --words "${COMP_WORDS[2]}" 2>/dev/null) ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$word")
}
complete -F _raduno raduno
