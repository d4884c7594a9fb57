"""The shells that completion works in: their scripts, and how each asks for completions and is answered.

Every script asks in the same way: the line up to the cursor in COMP_LINE. The answer has a completion on each
line: its type, its value and its explanation, separated by tabs.
"""

from __future__ import annotations

import os

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from gradcli.commands.candidates import paths

_CURSOR = "\0"  # stands in no command line
_OPEN_ENDS = ("(", "=", "/")  # something follows these, so the shell should not add a blank

_BASH = """\
%(complete_func)s() {
    local type value explanation
    COMPREPLY=()
    while IFS=$'\\t' read -r type value explanation; do
        case $type in
            file) compopt -o default 2>/dev/null ;;
            open) compopt -o nospace 2>/dev/null; COMPREPLY+=("$value") ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORD="${COMP_WORDS[COMP_CWORD]}" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -o default -F %(complete_func)s %(prog_name)s  # before Bash 4.4
"""

_ZSH = """\
#compdef %(prog_name)s
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
%(complete_func)s() {
    local type value explanation
    local -a plain explained open
    while IFS=$'\\t' read -r type value explanation; do
        case $type in
            file) _files ;;
            open) open+=("$value") ;;
            plain)
                if [[ -n $explanation ]]; then
                    explained+=("${value//:/\\\\:}:$explanation")
                else
                    plain+=("$value")
                fi ;;
        esac
    done < <(COMP_LINE="${(j: :)words[1,CURRENT]}" %(complete_var)s=zsh_complete "$words[1]" 2>/dev/null)
    (( $#explained )) && _describe -V option explained
    (( $#plain )) && compadd -U -V word -a plain
    (( $#open )) && compadd -U -V open -S '' -a open
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -lx COMP_LINE (commandline -cp | string collect)
    set -lx %(complete_var)s fish_complete
    for line in (%(prog_name)s 2>/dev/null)
        set -l part (string split -m 2 \\t -- $line)
        if test $part[1] = file
            __fish_complete_path $part[2]
        else
            printf '%%s\\t%%s\\n' $part[2] $part[3]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments '(%(complete_func)s)'
"""


class Shell(ShellComplete):
    """What the shells have in common."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one at the cursor, and what there is of that one."""
        *words, last = split_arg_string(os.environ["COMP_LINE"] + _CURSOR)
        return words[1:], last.rstrip(_CURSOR)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Whole words; what completes the value of `--name=value` is given its option back."""
        items = super().get_completions(args, incomplete)
        option, equals, value = incomplete.partition("=")
        if not option.startswith("--") or not equals:
            return items
        found = [path for item in items if item.type == "file" for path in paths(value)]
        found += [item.value for item in items if item.type != "file"]
        return [CompletionItem(f"{option}={each}") for each in found]

    def format_completion(self, item: CompletionItem[str]) -> str:
        """One line of the answer."""
        type = "open" if item.type == "plain" and item.value.endswith(_OPEN_ENDS) else item.type
        return f"{type}\t{item.value}\t{item.help or ''}"


class Bash(Shell):
    """Bash takes words apart at `=`, `:` and others, and replaces the last part only."""

    name = "bash"
    source_template = _BASH

    def format_completion(self, item: CompletionItem[str]) -> str:
        """The part of the word that replaces the one at the cursor."""
        whole = self.get_completion_args()[1]
        part = os.environ.get("COMP_WORD", "").lstrip("\"'")
        if part in ("=", ":", "@"):
            part = ""
        kept = len(whole) - len(part) if whole.endswith(part) else 0
        return super().format_completion(CompletionItem(item.value[kept:], item.type, item.help))


class Zsh(Shell):
    """Zsh shows explanations."""

    name = "zsh"
    source_template = _ZSH


class Fish(Shell):
    """Fish shows explanations."""

    name = "fish"
    source_template = _FISH


SHELLS = {shell.name: shell for shell in (Bash, Zsh, Fish)}


def register() -> None:
    """Let click answer our own scripts in place of its own."""
    for shell in SHELLS.values():
        add_completion_class(shell)
