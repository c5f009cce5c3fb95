import { afterEach, describe, expect, it, vi } from 'vitest'
import { kernelsVariable, listKernels } from '../../../scripts/test/kernels.mjs'

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

  it('throws if the program fails', () => {
    expect(() => list([], 1)).toThrow('Expected the names of kernels')
  })
})
