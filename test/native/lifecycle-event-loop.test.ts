import { describe, expect, it } from 'vitest'
import { clean, runProgram } from './programs/run.js'

describe('training on all cores', () => {
  it('delays the event loop by less than 10 ms at the 99th percentile', async () => {
    const delays: number[] = []
    // The best of several tries, since other processes may delay this one.
    for (let i = 0; i < 4 && !(Math.min(...delays) < 10); i++) {
      const { stdout, ...ended } = await runProgram('event-loop.ts')
      expect(ended).toMatchObject(clean)
      const { p99, max, count, rejected } = JSON.parse(stdout)
      console.log(`event loop during fit: 99th percentile ${p99.toFixed(1)} ms, longest ${max.toFixed(1)} ms`)
      expect(rejected).toBe(true)
      expect(count).toBeGreaterThan(100)
      delays.push(p99)
    }
    expect(Math.min(...delays)).toBeLessThan(10)
  })

  it('uses no thread of the libuv pool', async () => {
    const { stdout, ...ended } = await runProgram('pool.ts', [], [], { UV_THREADPOOL_SIZE: '1' })
    expect(ended).toMatchObject(clean)
    const { order, ms, rejected } = JSON.parse(stdout)
    console.log(`four hashes and a file beside four fits: ${ms.toFixed(0)} ms`)
    expect(order).toEqual(['fit', 'hash'])
    expect(rejected).toEqual(Array(4).fill(true))
    expect(ms).toBeLessThan(2000)
  })
})
