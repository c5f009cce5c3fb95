import { describe, expect, it } from 'vitest'
import { native } from '../../lib/native/addon.js'
import { clean, runProgram } from './programs/run.js'

const { kernels, runnableKernels } = native().info()
const fastest = runnableKernels.at(-1)

/** What a new process prints whose PERCEPTRA_KERNELS is this. */
async function printed(value: string | undefined): Promise<unknown> {
  const { stdout, ...ended } = await runProgram('kernels.ts', [], [], { PERCEPTRA_KERNELS: value })
  expect(ended).toMatchObject(clean)
  return JSON.parse(stdout)
}

describe('PERCEPTRA_KERNELS', () => {
  it('selects the kernels of this process', () => {
    expect(kernels).toBe(process.env.PERCEPTRA_KERNELS || fastest)
  })

  it.each(runnableKernels)('selects the %s kernels', async (name) => {
    expect(await printed(name)).toEqual({ kernels: name, runnableKernels })
  })

  it.each([undefined, ''])('uses the fastest kernels when it is %j', async (value) => {
    expect(await printed(value)).toEqual({ kernels: fastest, runnableKernels })
  })

  it.each(['fastest', 'AVX2', ' baseline'])(
    'rejects the unknown name %j and lists those that this CPU runs',
    async (name) => {
      const names = runnableKernels.join(', ').replace(/, ([^,]*)$/, ' or $1')
      expect(await printed(name)).toEqual({
        name: 'MlpError',
        code: 'ERR_NATIVE',
        message:
          `Expected ${names} for PERCEPTRA_KERNELS, but got '${name}'. This CPU runs no other kernels: ` +
          'set PERCEPTRA_KERNELS to one of these names, or unset it for the fastest.',
      })
    },
  )
})
