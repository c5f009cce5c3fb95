/** What every command takes. */
export interface CommonOptions {
  /** One JSON object per line on stdout, in place of text. */
  readonly json?: boolean
  /** Shows where an error was thrown. */
  readonly debug?: boolean
}

/** Where a command writes: results to stdout, progress and remarks to stderr. */
export class Output {
  readonly json: boolean

  constructor({ json = false }: CommonOptions) {
    this.json = json
  }

  /** A part of the result, for people. */
  line(text = ''): void {
    if (!this.json) process.stdout.write(`${text}\n`)
  }

  /** The result, for machines. */
  result(value: object): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** A remark beside the result. With --json it is an event. */
  note(text: string): void {
    if (this.json) this.result({ event: 'note', text })
    else process.stderr.write(`${text}\n`)
  }
}
