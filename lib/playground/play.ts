import { TrainingError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { randomNormal } from '../factories/initializers.js'
import { dense } from '../factories/layers.js'
import { adam, sgd } from '../factories/optimizers.js'
import { argMax } from '../math/arg-max.js'
import { Sequential } from '../sequential.js'
import { dataOf, type PlayData } from './data.js'
import type { Choice, Frame, Scene } from './messages.js'
import { gridOf, outputBytes, toBase64, unitBytes } from './pictures.js'

const grid = 60
const unitGrid = 24
/** Test digits that are shown. */
const digitsShown = 60

/** One network in training, which the page looks at after every few epochs. */
export class Play {
  readonly scene: Scene
  readonly #choice: Choice
  readonly #data: PlayData
  readonly #model: Sequential
  readonly #grid: Matrix
  readonly #unitGrid: Matrix
  readonly #shown: Matrix
  #epoch = 0

  constructor(choice: Choice, run: string) {
    this.#choice = choice
    this.#data = dataOf(choice)
    this.#model = networkOf(choice, this.#data)
    const { range, train, test = train } = this.#data
    this.#grid = gridOf(grid, range)
    this.#unitGrid = gridOf(unitGrid, range)
    this.#shown = new Matrix(
      test.x.data.slice(0, digitsShown * test.x.cols),
      Math.min(digitsShown, test.x.rows),
      test.x.cols,
    )
    this.scene = this.#sceneOf(run)
  }

  /** Whether the learning rate can be set while it runs. */
  set learningRate(rate: number) {
    this.#model.learningRate = rate
  }

  dispose(): void {
    this.#model.dispose()
  }

  /** Trains for some epochs, and looks at the network. @throws TrainingError when its numbers become infinite. */
  async next(signal: AbortSignal): Promise<Frame> {
    const { train, test = train } = this.#data
    const { epochsPerFrame, batchSize } = this.#choice
    const [before, epochs] = [this.#epoch, this.#epoch + epochsPerFrame]
    const options = { initialEpoch: before, epochs, batchSize, layerStatistics: true, threads: 1, signal }
    const { logs } = await this.#model.fit(train.x, train.y, options)
    this.#epoch = epochs
    const last = (key: string) => logs[key]!.at(-1)!
    if (!Number.isFinite(last('loss'))) throw new TrainingError('The loss is not finite.', { epoch: epochs, step: 0 })
    const found = await this.#model.evaluate(test.x, test.y)
    const names = this.#model.toJSON().layers.map(({ name }) => name)
    return {
      ...{ epoch: epochs, loss: last('loss'), accuracy: last('accuracy') },
      ...{ testLoss: found.loss, testAccuracy: found.accuracy! },
      gradients: names.map((name) => last(`${name}.kernel.gradientRms`)),
      ...(this.#isFlat ? await this.#flatPictures(names) : await this.#digitPictures()),
    }
  }

  get #isFlat(): boolean {
    return this.#choice.data !== 'digits'
  }

  async #flatPictures(names: readonly string[]) {
    const layers = []
    for (const [k, units] of this.#choice.units.entries()) {
      const outputs = await this.#model.layer(names[k]!).output(this.#unitGrid)
      layers.push({ units, pictures: unitBytes(outputs), side: unitGrid })
    }
    return { outputs: outputBytes(await this.#model.predict(this.#grid)), layers }
  }

  /** What the first units look for: their weights as pictures. Those of later layers have no picture. */
  async #digitPictures() {
    const outputs = await this.#model.predict(this.#shown)
    const said = Array.from({ length: outputs.rows }, (_, i) => argMax(outputs.row(i)))
    const [kernel] = this.#model.getWeights()
    const units = this.#choice.units[0]
    const first = units === undefined ? [] : [{ units, pictures: unitBytes(kernel!), side: 8 }]
    return { outputs: '', layers: first, said }
  }

  #sceneOf(run: string): Scene {
    const { train, test, classes, range } = this.#data
    const common = { run, classes, range, grid, unitGrid }
    if (!this.#isFlat) {
      const pixels = Uint8Array.from(this.#shown.data, (value) => Math.round(255 * value))
      const labels = Array.from(test!.y.subarray(0, this.#shown.rows))
      return { ...common, points: [], digits: { pixels: toBase64(pixels), labels } }
    }
    const pointsOf = (rows: typeof train, isTest: boolean) =>
      Array.from(rows.y, (label, i) => ({ x: rows.x.at(i, 0), y: rows.x.at(i, 1), label, test: isTest }))
    return { ...common, points: [...pointsOf(train, false), ...(test ? pointsOf(test, true) : [])] }
  }
}

function networkOf({ units, activation, start, optimizer, learningRate, seed }: Choice, data: PlayData): Sequential {
  const kernelInitializer = start === 'randomNormal' ? randomNormal({ stddev: 1 }) : start
  const inputs = data.train.x.cols
  const hidden = units.map((count, k) =>
    dense({
      units: count,
      activation,
      kernelInitializer,
      ...(k === 0 && { inputShape: [inputs] }),
      name: `hidden${k + 1}`,
    }),
  )
  const last = dense({
    ...{ units: data.classes, activation: 'softmax' as const, kernelInitializer, name: 'output' },
    ...(units.length === 0 && { inputShape: [inputs] as [number] }),
  })
  const model = new Sequential({ layers: [...hidden, last], seed })
  model.compile({
    optimizer:
      optimizer === 'adam'
        ? adam({ learningRate })
        : sgd({ learningRate, momentum: optimizer === 'momentum' ? 0.9 : 0 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return model
}
