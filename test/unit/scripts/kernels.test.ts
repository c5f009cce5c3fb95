import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { kernelsVariable, listKernels, suitesWithoutKernels } from '../../../scripts/test/kernels.mjs'

afterEach(() => void vi.unstubAllEnvs())

/** The kernels that a program lists which prints these lines and then exits with a code. */
function list(lines: string[], exitCode = 0) {
  const program = `console.log(${JSON.stringify(lines.join('\n'))}); process.exitCode = ${exitCode}`
  return listKernels(process.execPath, ['--eval', program])
}

describe('listKernels', () => {
  it('takes the last kernels for those in use', () => {
    vi.stubEnv(kernelsVariable, undefined)
    expect(list(['slow', 'middle', 'fast'])).toEqual({ all: ['slow', 'middle', 'fast'], others: ['slow', 'middle'] })
    expect(list(['only'])).toEqual({ all: ['only'], others: [] })
  })

  it('takes the kernels that the variable names for those in use', () => {
    vi.stubEnv(kernelsVariable, 'slow')
    expect(list(['slow', 'fast']).others).toEqual(['fast'])
  })

  it('throws if the program fails or prints no name', () => {
    expect(() => list(['fast'], 1)).toThrow('Expected the names of kernels')
    expect(() => list([])).toThrow('printed none')
  })
})

it('names C++ tests that exist', () => {
  const folder = fileURLToPath(new URL('../../../cpp/test/', import.meta.url))
  const files = readdirSync(folder).filter((name) => name.endsWith('_test.cpp'))
  const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  const suites = new Set([...text.matchAll(/^TEST(?:_F|_P)?\((\w+)/gm)].map(([, suite]) => suite))
  expect(suitesWithoutKernels.filter((suite) => !suites.has(suite))).toEqual([])
})
