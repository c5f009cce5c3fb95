import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../../lib/files/safetensors.js'
import { Adaline, FormatError, type Loaded, load, Perceptron, SGDClassifier, SGDRegressor } from '../../../lib/index.js'
import { three, two, x, y } from './data.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-estimators-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'model.safetensors')

describe('the file of an estimator', () => {
  it.each([
    ['SGDClassifier', () => new SGDClassifier({ average: 5, classWeight: new Map([['mid', 2]]) }), three],
    ['Perceptron', () => new Perceptron({ penalty: 'l1', classWeight: { true: 2 } }), two],
    ['Adaline', () => new Adaline({ solver: 'minibatch' }), three.map((label) => label.length + label.charCodeAt(0))],
  ] as const)('restores %s to predict and to train on', async (name, make, labels) => {
    const model = make()
    await model.fit(x, labels)
    await model.save(path)
    const again = await load<Loaded>(path)
    if (!('coef' in again) || !('classes' in again)) throw new Error('no classifier')
    expect(again.constructor.name).toBe(name)
    expect(again.getParams()).toEqual(model.getParams())
    expect([again.classes, again.nIter, again.t, again.lossCurve]).toEqual([
      model.classes,
      model.nIter,
      model.t,
      model.lossCurve,
    ])
    expect(again.coef).toEqual(model.coef)
    expect(again.predictSync(x)).toEqual(model.predictSync(x))
    await model.partialFit(x, labels)
    await again.partialFit(x, labels as never)
    expect(again.coef).toEqual(model.coef)
  })

  it('restores SGDRegressor to predict and to train on', async () => {
    const model = await new SGDRegressor({ earlyStopping: true, average: true }).fit(x, y)
    await model.save(path)
    const again = await SGDRegressor.load(path)
    expect(again.predictSync(x)).toEqual(model.predictSync(x))
    expect(again.validationScores).toEqual(model.validationScores)
    expect([again.seed, again.stopReason]).toEqual([model.seed, model.stopReason])
    for (const regressor of [model, again]) await regressor.setParams({ earlyStopping: false }).partialFit(x, y)
    expect(again.coef).toEqual(model.coef)
  })

  it('needs a fitted estimator to save, and the same class to load', async () => {
    await expect(new Perceptron().save(path)).rejects.toMatchObject({ code: 'ERR_NOT_FITTED' })
    await (await new Perceptron().fit(x, two)).save(path)
    await expect(SGDClassifier.load(path)).rejects.toThrow(
      /of kind "SGDClassifier", but got format 1 of kind "Perceptron"/,
    )
    await expect(load(path, { learningRate: 1 })).rejects.toThrow(/for networks only/)
    await expect(load(join(folder, 'none'))).rejects.toThrow(/Could not open/)
  })
})

describe('a changed file of an estimator', () => {
  const saved = async () => {
    await (await new SGDClassifier({ seed: 1, average: 5 }).fit(x, three)).save(path)
    return decodeSafetensors(readFileSync(path), 'file')
  }
  const write = (json: object, tensors: Map<string, Tensor>) =>
    writeFileSync(path, encodeSafetensors(tensors, { perceptra: JSON.stringify(json) }))
  const refused = async (message: RegExp) => {
    await expect(SGDClassifier.load(path)).rejects.toThrow(message)
    await expect(SGDClassifier.load(path)).rejects.toThrow(FormatError)
    await expect(load(path)).rejects.toThrow(FormatError)
  }

  it.each<[string, string, unknown, RegExp]>([
    ['a newer format', 'format', 2, /Expected format 1/],
    ['an unknown kind', 'kind', 'SVC', /kind/],
    ['an unknown key', 'more', 1, /Unknown option "more"/],
    ['a parameter out of range', 'params.alpha', -1, /alpha/],
    ['an unknown parameter', 'params.beta', -1, /beta/],
    ['a missing parameter', 'params.tol', undefined, /tol is missing/],
    ['parameters that do not go together', 'params.alpha', 0, /alpha above 0/],
    ['params that are no object', 'params', 3, /params/],
    ['learned that is no object', 'learned', null, /learned/],
    ['one class', 'learned.classes', ['low'], /two classes/],
    ['unsorted classes', 'learned.classes', ['mid', 'low', 'top'], /sorted/],
    ['too few classes', 'learned.classes', ['low', 'top'], /3 units for 2 classes/],
    ['no classes', 'learned.classes', undefined, /classes/],
    ['other columns', 'learned.nFeaturesIn', 4, /F64 \[3,4\]/],
    ['huge columns', 'learned.nFeaturesIn', 2 ** 40, /nFeaturesIn/],
    ['no columns', 'learned.nFeaturesIn', 0, /no features/],
    ['a t of 0', 'learned.t', 0, /t is 0/],
    ['half an epoch', 'learned.epochs', 0.5, /epochs/],
    ['no seed', 'learned.seed', undefined, /seed/],
    ['a reason that is none', 'learned.stopReason', 'why', /stopReason/],
    ['a curve of words', 'learned.lossCurve', ['a'], /lossCurve/],
    ['averages without a start', 'learned.averageFrom', null, /belongs to nothing/],
  ])('is rejected with %s', async (_, keys, value, message) => {
    const { tensors, metadata } = await saved()
    const json = JSON.parse(metadata.perceptra!)
    const [key, inner] = keys.split('.') as [string, string | undefined]
    if (inner) json[key][inner] = value
    else json[key] = value
    write(json, tensors)
    await refused(message)
  })

  const f32: Tensor = { dtype: 'F32', shape: [3], data: new Float32Array(3) }
  const nan: Tensor = { dtype: 'F64', shape: [3], data: Float64Array.of(1, Number.NaN, 2) }
  it.each<[string, Tensor | undefined, RegExp]>([
    ['weights', undefined, /"weights" is missing/],
    ['intercepts', f32, /Expected F64/],
    ['intercepts', nan, /Number 1 of the tensor "intercepts"/],
    ['more', f32, /"more" belongs to nothing/],
  ])('is rejected with a wrong tensor %s (%#)', async (name, tensor, message) => {
    const { tensors, metadata } = await saved()
    if (tensor) tensors.set(name, tensor)
    else tensors.delete(name)
    write(JSON.parse(metadata.perceptra!), tensors)
    await refused(message)
  })

  it('loads or throws a FormatError when its bytes are changed or cut', async () => {
    await saved()
    const whole = readFileSync(path)
    let count = 0
    for (let k = 0; k < 300; k++) {
      const bytes = Uint8Array.from(whole)
      const at = (k * 7919) % bytes.length
      bytes[at] = bytes[at]! ^ (1 << (k % 8))
      writeFileSync(path, k % 10 === 0 ? bytes.subarray(0, at) : bytes)
      await SGDClassifier.load(path).catch((error: unknown) => {
        expect(error).toBeInstanceOf(FormatError)
        count++
      })
    }
    expect(count).toBeGreaterThan(100)
  })
})

describe('toBytes', () => {
  it('returns the bytes of a file, which load takes', async () => {
    const model = await new Perceptron({ seed: 1 }).fit([[0], [1]], ['no', 'yes'])
    const again = await Perceptron.load(model.toBytes())
    expect(again.coef.data).toEqual(model.coef.data)
    expect(again.predictSync([1])).toBe('yes')
    await expect(Perceptron.load(model.toBytes().subarray(9))).rejects.toThrow('The file is not a readable')
    await expect(Perceptron.load(7 as never)).rejects.toThrow('Expected a path or bytes for source, but got 7.')
  })
})
