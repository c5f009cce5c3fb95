import { describe, expect, it } from 'vitest'
// @ts-expect-error: plain JavaScript
import { takeBuiltins } from '../../../scripts/build-builtins.mjs'

describe("takeBuiltins, Node's own modules in a bundle", () => {
  it.each([
    ['names', 'import { open, readFile } from "node:fs/promises";', 'const { open, readFile } = '],
    ['another name', 'import { open as open2 } from "node:fs/promises";', 'const { open: open2 } = '],
    [
      'names over several lines',
      'import {\n  open,\n  rm as rm2\n} from "node:fs/promises";',
      'const {\n  open,\n  rm: rm2\n} = ',
    ],
    ['the whole', 'import fs2 from "node:fs/promises";', 'const fs2 = '],
  ])('takes %s', (_, code, taken) => {
    expect(takeBuiltins(`a();\n${code}\nb();\n`)).toBe(
      `a();\n${taken}process.getBuiltinModule("node:fs/promises");\nb();\n`,
    )
  })

  it('leaves other modules alone', () => {
    const code = 'import { native } from "./chunk.js";\nconst { parse } = await import("csv-parse");\n'
    expect(takeBuiltins(code)).toBe(code)
  })

  it.each([
    'import * as fs from "node:fs";',
    'import "node:fs";',
    'import fs, { open } from "node:fs";',
    'import { default as fs } from "node:fs";',
    'import fs, {\n  open\n} from "node:fs";',
    'export { open } from "node:fs";',
  ])('refuses %s', (code) => {
    expect(() => takeBuiltins(code)).toThrow(code.split('\n').at(-1))
  })

  it('gives what import gives', async () => {
    const code = takeBuiltins('import { basename as last } from "node:path";')
    const { default: name } = await import(
      `data:text/javascript,${encodeURIComponent(`${code}\nexport default last("a/b")`)}`
    )
    expect(name).toBe('b')
  })
})
