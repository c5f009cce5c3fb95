import type { Command } from './commander.js'

/** Shells with completion. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** The script that completes commands and options in a shell; other words are files. */
export function completionScript(program: Command, shell: (typeof shells)[number]): string {
  const commands = program.commands.filter((command) => command.name() !== 'help')
  const optionsOf = (command: Command) => command.options.flatMap(({ long }) => (long ? [long] : [])).concat('--help')
  const names = commands.map((command) => command.name())
  if (shell === 'fish') return fish(commands)
  const cases = commands
    .map((command) => `      ${command.name()}) words='${optionsOf(command).join(' ')}' ;;`)
    .join('\n')
  const bash = `_perceptra() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${[...names, '--help', '--version'].join(' ')}'
  else
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
    case "$current" in -*) ;; *) words='' ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _perceptra perceptra
`
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`
}

function fish(commands: readonly Command[]): string {
  const text = (words: string) => `'${words.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return commands
    .flatMap((command) => [
      `complete -c perceptra -n __fish_use_subcommand -f -a ${command.name()} -d ${text(command.description())}`,
      ...command.options.map(
        ({ long, description }) =>
          `complete -c perceptra -n '__fish_seen_subcommand_from ${command.name()}' -l ${long!.replace('--', '')} -d ${text(description)}`,
      ),
    ])
    .join('\n')
    .concat('\n')
}
