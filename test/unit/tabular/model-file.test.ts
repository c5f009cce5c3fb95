import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { FormatError } from '../../../lib/base/errors.js'
import { metadataKey } from '../../../lib/files/metadata.js'
import { decodeSafetensors, encodeSafetensors } from '../../../lib/files/safetensors.js'
import { load } from '../../../lib/load.js'
import { TabularClassifier, TabularRegressor } from '../../../lib/tabular/index.js'
import { asked, type Person, people } from './people.js'

const [train, test] = [people(600), people(200, 2)]
let classifier: TabularClassifier<string, Person>
let regressor: TabularRegressor<Person>

beforeAll(async () => {
  classifier = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(train, {
    target: 'churned',
    columns: { price: 'ignored' },
  })
  regressor = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(train, {
    target: 'price',
    columns: { churned: 'ignored' },
  })
}, 60_000)

describe('a file', () => {
  it('holds the whole model, and load opens it', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tabular-')), 'model.safetensors')
    await classifier.save(path)
    const again = await load(path)
    expect(again).toBeInstanceOf(TabularClassifier)
    const model = again as unknown as typeof classifier
    expect(model.predictProbaSync(asked(test[0]!))).toEqual(classifier.predictProbaSync(asked(test[0]!)))
    expect(JSON.stringify(model.schema)).toBe(JSON.stringify(classifier.schema))
    expect(model.report).toEqual(classifier.report)
    expect(model.seed).toBe(1)
    expect(model.toBytes()).toEqual(classifier.toBytes())
    const number = await TabularRegressor.load<Person>(regressor.toBytes())
    expect(await number.predictInterval(test.slice(0, 3))).toEqual(await regressor.predictInterval(test.slice(0, 3)))
  })

  it('of the first form, with one network, is read', async () => {
    const { tensors, metadata } = decodeSafetensors(classifier.toBytes(), 'file')
    const json = JSON.parse(metadata[metadataKey]!) as { learned: { ensemble: { parts: { network: object }[] } } }
    const { ensemble, ...learned } = json.learned
    const plain = { ...json, learned: { ...learned, ensemble: { ...ensemble, temperature: 1 } } }
    const expected = await TabularClassifier.load(encodeSafetensors(tensors, { [metadataKey]: JSON.stringify(plain) }))
    const first = { ...json, learned: { ...learned, network: ensemble.parts[0]!.network } }
    const renamed = new Map([...tensors].map(([name, tensor]) => [name.replace('network.0.', 'network.'), tensor]))
    const bytes = encodeSafetensors(renamed, { [metadataKey]: JSON.stringify(first) })
    const model = await TabularClassifier.load(bytes)
    const row = asked(test[0]!) as never
    expect(model.predictProbaSync(row)).toEqual(expected.predictProbaSync(row))
  })

  it('with weights that do not add up to 1, or a temperature that fit cannot make, is refused', async () => {
    const { tensors, metadata } = decodeSafetensors(classifier.toBytes(), 'file')
    const json = JSON.parse(metadata[metadataKey]!)
    const load = (weight: number, temperature: number) => {
      const changed = structuredClone(json)
      changed.learned.ensemble.parts[0].weight *= weight
      changed.learned.ensemble.temperature = temperature
      return TabularClassifier.load(encodeSafetensors(tensors, { [metadataKey]: JSON.stringify(changed) }))
    }
    await expect(load(0.9, 1)).rejects.toThrow('add up to')
    await expect(load(1, 1e-5)).rejects.toThrow('temperature')
    await expect(load(1, 0.5)).resolves.toBeInstanceOf(TabularClassifier)
  })

  it('that is changed is refused, or gives a model that predicts', async () => {
    const { tensors, metadata } = decodeSafetensors(classifier.toBytes(), 'file')
    const json = JSON.parse(metadata[metadataKey]!) as object
    const changes: unknown[] = [null, -1, 1e9, 'x', [], {}, Number.NaN]
    let refused = 0
    for (const path of pathsOf(json)) {
      if (path.includes('report') || path.includes('network')) continue
      const change = changes[path.length % changes.length]
      const text = JSON.stringify(withChange(json, path, change))
      const bytes = encodeSafetensors(tensors, { [metadataKey]: text })
      try {
        const model = await TabularClassifier.load(bytes)
        model.predictSync(asked(test[0]!) as never)
      } catch (error) {
        expect(error, path.join('.')).toMatchObject({ code: expect.stringMatching(/ERR_(FORMAT|ARGUMENT)/) })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
    await expect(TabularRegressor.load(classifier.toBytes())).rejects.toThrow(FormatError)
  })
})

/** The paths of all values of plain JSON. */
function pathsOf(value: unknown): string[][] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, entry]) => [[key], ...pathsOf(entry).map((path) => [key, ...path])])
}

function withChange(value: unknown, [key, ...rest]: readonly string[], change: unknown): unknown {
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  const entries = copy as Record<string, unknown>
  entries[key!] = rest.length === 0 ? change : withChange(entries[key!], rest, change)
  return copy
}
