import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
// @ts-expect-error: plain JavaScript
import { takeBuiltins } from '../../../scripts/bundle/builtins.mjs'

describe("takeBuiltins, Node's own modules in CommonJS", () => {
  it('replaces every require of one', () => {
    const code = "var fs = require('node:fs');\nvar promises = require('node:timers/promises');\n"
    expect(takeBuiltins(code)).toBe(
      "var fs = process.getBuiltinModule('node:fs');\nvar promises = process.getBuiltinModule('node:timers/promises');\n",
    )
  })

  it('leaves other modules alone', () => {
    const code = "var common = require('./chunk-common.cjs');\nPromise.resolve(require('csv-parse'));\n"
    expect(takeBuiltins(code)).toBe(code)
  })

  it('gives what require gives', () => {
    const taken = new Function(`return ${takeBuiltins("require('node:path')")}`)() as unknown
    expect(taken).toBe(createRequire(import.meta.url)('node:path'))
  })
})
