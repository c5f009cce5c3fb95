import { StringDecoder } from 'node:string_decoder'

/** A line longer than this is cut. */
const maxLine = 1 << 16

/** Cuts what a process prints into lines, so that those of several processes do not mix. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #print: (line: string) => void
  #rest = ''

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) this.#print(line.replace(/\r$/, ''))
    while (this.#rest.length > maxLine) {
      this.#print(this.#rest.slice(0, maxLine))
      this.#rest = this.#rest.slice(maxLine)
    }
  }

  end(): void {
    const last = this.#rest + this.#decoder.end()
    this.#rest = ''
    if (last !== '') this.#print(last)
  }
}
