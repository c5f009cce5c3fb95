import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TextSink } from '../../../lib/cli/data/sink.js'
import { folder } from './run.js'

it('leaves no listeners behind after many writes', async () => {
  const warnings: string[] = []
  const take = ({ name }: Error) => warnings.push(name)
  process.on('warning', take)
  const path = join(folder(), 'out.csv')
  const sink = new TextSink(path)
  for (let k = 0; k < 40; k++) await sink.write('x'.repeat(100_000))
  await sink.close()
  await new Promise((resolve) => setTimeout(resolve, 10))
  process.off('warning', take)
  expect(readFileSync(path)).toHaveLength(4_000_000)
  expect(warnings).toEqual([])
})
