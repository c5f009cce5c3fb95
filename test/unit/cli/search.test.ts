import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ended, run, start, withCustomers } from './run.js'

const args = [
  'search',
  'customers.csv',
  '--target',
  'churned',
  '--config',
  'mlp.json',
  '--folds',
  '2',
  '--seed',
  '1',
  '--json',
]

/** A folder with a search that takes minutes. */
function withLongSearch(): string {
  const cwd = withCustomers()
  const search = { alpha: { low: 1e-6, high: 1e-3, log: true } }
  const config = { kind: 'MLPClassifier', maxIter: 400, tol: 0, nIterNoChange: 1000, search }
  writeFileSync(join(cwd, 'mlp.json'), JSON.stringify(config))
  return cwd
}

it('keeps the best candidate so far at Ctrl-C, and ends with 130', async () => {
  const cwd = withLongSearch()
  const child = start(cwd, [...args, '--candidates', '1000'])
  const end = ended(child)
  let text = ''
  child.stdout!.on('data', function wait(block) {
    text += block
    // A score is there when a candidate was scored on all folds.
    if (!/"stage":"searching".*"score":/.test(text)) return
    child.stdout!.off('data', wait)
    child.kill('SIGINT')
  })
  const { code, out } = await end
  expect(code).toBe(130)
  expect(out).toContain('the best candidate so far is trained and kept')
  const { interrupted, results, scores } = JSON.parse(out.trim().split('\n').at(-1)!)
  expect(interrupted).toBe(true)
  expect(results.length).toBeLessThan(1000)
  expect(results[0].mean).toBeGreaterThan(0.5)
  expect(scores.accuracy).toBeGreaterThan(0.5)
  const { out: inspected } = await run(cwd, ['inspect', 'churned.safetensors', '--json'])
  expect(JSON.parse(inspected).classes).toEqual(['no', 'yes'])
})

it('ends at once at the second Ctrl-C, and leaves the file that was there', async () => {
  const cwd = withLongSearch()
  writeFileSync(join(cwd, 'churned.safetensors'), 'before')
  const child = start(cwd, [...args, '--candidates', '1000'])
  const end = ended(child)
  let signals = 0
  child.stdout!.on('data', (block) => {
    // The second one, when the first one was answered.
    if (signals === 0 && `${block}`.includes('"score":')) signals = Number(child.kill('SIGINT'))
    else if (signals === 1 && `${block}`.includes('Stopping')) signals += Number(child.kill('SIGINT'))
  })
  expect((await end).code).toBe(130)
  expect(signals).toBe(2)
  expect(readFileSync(join(cwd, 'churned.safetensors'), 'utf8')).toBe('before')
})

it('keeps nothing, and says so, where no candidate was scored yet', async () => {
  const cwd = withLongSearch()
  writeFileSync(join(cwd, 'mlp.json'), readFileSync(join(cwd, 'mlp.json'), 'utf8').replace('400', '100000'))
  const child = start(cwd, args)
  const end = ended(child)
  child.stdout!.once('data', () => child.kill('SIGINT'))
  const { code, err } = await end
  expect([code, err]).toEqual([
    130,
    'perceptra search: Interrupted before a candidate was scored on all folds: nothing is kept.\n',
  ])
  expect(existsSync(join(cwd, 'churned.safetensors'))).toBe(false)
})
