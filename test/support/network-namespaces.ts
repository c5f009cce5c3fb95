import { spawnSync } from 'node:child_process'

/** Two network namespaces with a wire between them, as two machines. */
export class TwoMachines {
  static #count = 0
  readonly names: readonly [string, string]

  private constructor(names: [string, string]) {
    this.names = names
  }

  /** Undefined where this process may not make namespaces. */
  static make(): TwoMachines | undefined {
    const id = `${process.pid % 10_000}${TwoMachines.#count++}`
    const names = [`pcp${id}a`, `pcp${id}b`] as [string, string]
    const machines = new TwoMachines(names)
    const [a, b] = names
    const steps = [
      ['netns', 'add', a],
      ['netns', 'add', b],
      ['link', 'add', `${a}0`, 'netns', a, 'type', 'veth', 'peer', 'name', `${b}0`, 'netns', b],
      ...names.flatMap((name, k) => [
        ['-n', name, 'addr', 'add', `10.77.0.${k + 1}/24`, 'dev', `${name}0`],
        ['-n', name, 'link', 'set', `${name}0`, 'up'],
        ['-n', name, 'link', 'set', 'lo', 'up'],
      ]),
    ]
    if (steps.every((step) => run('ip', ...step))) return machines
    machines.remove()
    return undefined
  }

  /** What starts a command on one of them. */
  on(machine: 0 | 1): string[] {
    return ['ip', 'netns', 'exec', this.names[machine]]
  }

  /** Takes the wire away, without a word to either side. */
  cut(): boolean {
    return this.names.every((name) => run('ip', '-n', name, 'link', 'set', `${name}0`, 'down'))
  }

  remove(): void {
    for (const name of this.names) run('ip', 'netns', 'del', name)
  }
}

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0
}
