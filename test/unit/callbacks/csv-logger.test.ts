import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { callbacks } from '../../../lib/index.js'
import { play } from './play.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-csv-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'log.csv')
const log = async (options: Partial<callbacks.CsvLoggerOptions> = {}, values: number[] = [0.5, 0.25]) => {
  await play(callbacks.csvLogger({ path, ...options }), values)
  return readFileSync(path, 'utf8')
}

describe('csvLogger', () => {
  it('writes a header and a line per epoch, to a new file in each fit', async () => {
    expect(await log()).toBe('epoch,loss,valLoss\n0,1,0.5\n1,1,0.25\n')
    expect(await log({}, [Number.NaN])).toBe('epoch,loss,valLoss\n0,1,NaN\n')
  })

  it('separates columns by the option separator', async () => {
    expect(await log({ separator: '\t' })).toBe('epoch\tloss\tvalLoss\n0\t1\t0.5\n1\t1\t0.25\n')
  })

  it('appends to a file with the same columns, even after an unfinished line', async () => {
    rmSync(path)
    await log({ append: true })
    expect(await log({ append: true }, [2])).toBe('epoch,loss,valLoss\n0,1,0.5\n1,1,0.25\n0,1,2\n')
    writeFileSync(path, 'epoch,loss,valLoss\n0,1')
    expect(await log({ append: true }, [2])).toBe('epoch,loss,valLoss\n0,1\n0,1,2\n')
    writeFileSync(path, 'epoch,loss\n0,1\n')
    await expect(log({ append: true })).rejects.toThrow(/first line is "epoch,loss".*need "epoch,loss,valLoss"/)
  })

  it.each<[object, RegExp]>([
    [{}, /path/],
    [{ path: 'a', separator: '' }, /separator/],
    [{ path: 'a', separator: ',,' }, /separator/],
    [{ path: 'a', separator: '.' }, /one character that is in no number/],
    [{ path: 'a', append: 1 }, /append/],
    [{ path: 'a', seperator: ';' }, /Did you mean separator\?/],
  ])('rejects the options %o', (options, message) => {
    expect(() => callbacks.csvLogger(options as never)).toThrow(message)
  })

  it('rejects a path in a missing folder before training', async () => {
    const run = play(callbacks.csvLogger({ path: join(folder, 'none/x') }), [1])
    await expect(run).rejects.toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringMatching(/Could not write/) })
  })
})
