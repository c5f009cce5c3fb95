import type uPlot from 'uplot'
import type { Choice, Ended, Frame, Scene } from '../../lib/playground/messages.js'
import { element, formatNumber, formatShare, themes } from '../common/page.js'
import { draw } from '../common/plot.js'
import { showGradients } from './gradients.js'
import { lessons } from './lessons.js'
import { Network } from './network.js'
import { drawDigits, drawOutput, palette } from './picture.js'

let choice: Choice = {
  ...{ data: 'moons', noise: 0.15, units: [6, 4], activation: 'tanh', start: 'glorotUniform', optimizer: 'adam' },
  ...{ learningRate: 0.01, batchSize: 16, epochsPerFrame: 1, seed: 1 },
}
let source: EventSource | undefined
let scene: Scene | undefined
let frame: Frame | undefined
let isPaused = false
let theme = palette()

const network = new Network(element('layers'), (units) => choose({ units }))
const losses = draw('losses', {
  ...{ x: [], xLabel: 'epoch', yLabel: 'loss', isCount: true },
  lines: [
    { name: 'training', values: [] },
    { name: 'test', values: [], colour: 1, dashed: true },
  ],
})
/** Epochs, training and test losses, thinned where there are many. */
let curve: [number[], number[], number[]] = [[], [], []]
const mostPoints = 600

function choose(change: Partial<Choice>): void {
  choice = { ...choice, ...change }
  showChoice()
  restart()
}

let starting: ReturnType<typeof setTimeout> | undefined

/** Begins anew, once several changes in a row are over. */
function restart(): void {
  source?.close()
  scene = undefined
  frame = undefined
  curve = [[], [], []]
  problem('')
  clearTimeout(starting)
  starting = setTimeout(open, 100)
}

function open(): void {
  source = new EventSource(`/run?choice=${encodeURIComponent(JSON.stringify(choice))}`)
  const on = <T>(name: string, take: (message: T) => void) =>
    source!.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as T))
  on<Scene>('scene', (message) => {
    scene = message
    if (isPaused) control('pause')
  })
  on<Frame>('frame', (message) => {
    frame = message
    count()
    record(message)
    schedule()
  })
  on<Ended>('ended', ({ reason }) => {
    problem(reason)
    source?.close()
  })
  const own = source
  own.addEventListener('error', () => {
    own.close()
    if (own === source && element('problem').hidden) problem('The server has gone, or has too many pages open.')
  })
}

function control(what: string, rate?: number): void {
  if (!scene) return
  const query = new URLSearchParams({ run: scene.run, do: what, ...(rate !== undefined && { rate: String(rate) }) })
  void fetch(`/control?${query}`, { method: 'POST' })
}

function problem(text: string): void {
  const place = element('problem')
  place.hidden = text === ''
  place.textContent = text
}

function record({ epoch, loss, testLoss }: Frame): void {
  if (curve[0].length >= mostPoints) curve = curve.map((values) => values.filter((_, k) => k % 2 === 0)) as typeof curve
  curve[0].push(epoch)
  curve[1].push(loss)
  curve[2].push(testLoss)
}

const arrivals: number[] = []

/** Counts the frames of the last second. */
function count(): void {
  const now = performance.now()
  arrivals.push(now)
  while (arrivals[0]! < now - 1000) arrivals.shift()
}

let isScheduled = false

/** Draws with the screen's next picture: frames that come faster are not drawn. */
function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(() => {
    isScheduled = false
    show()
  })
}

function show(): void {
  if (!scene) return
  const canvas = element<HTMLCanvasElement>('output')
  if (scene.digits) drawDigits(canvas, scene, frame, theme)
  else drawOutput(canvas, scene, frame, theme)
  if (!frame) return
  network.show(frame, theme)
  losses.plot.setData(curve as uPlot.AlignedData)
  showGradients(element('gradients'), frame.gradients)
  element('epoch').textContent = formatNumber(frame.epoch)
  element('loss').textContent = frame.loss.toPrecision(3)
  element('test-loss').textContent = frame.testLoss.toPrecision(3)
  element('accuracy').textContent = formatShare(frame.testAccuracy)
  element('fps').textContent = isPaused ? '–' : String(arrivals.length)
}

/** Writes the choice into the page's fields. */
function showChoice(): void {
  const { data, noise, activation, start, optimizer, learningRate, batchSize, epochsPerFrame, units } = choice
  const values = {
    data,
    noise,
    activation,
    start,
    optimizer,
    rate: learningRate,
    batch: batchSize,
    speed: epochsPerFrame,
  }
  for (const [id, value] of Object.entries(values)) element<HTMLSelectElement>(id).value = String(value)
  element<HTMLInputElement>('noise').disabled = data === 'digits'
  element('depth').textContent = units.length === 1 ? '1 hidden layer' : `${units.length} hidden layers`
  element<HTMLButtonElement>('less').disabled = units.length === 0
  element<HTMLButtonElement>('more').disabled = units.length === 10
  const isDigits = data === 'digits'
  element('unit-note').textContent = isDigits
    ? '· the weights of the first units, as pictures'
    : '· what each unit says at each point'
  element('output-note').textContent = isDigits
    ? 'Test digits, with what the network says of each; ✗ where it is wrong.'
    : 'Filled points are trained with, hollow ones test. Paler is less sure.'
  network.build(units, isDigits)
}

const field = (id: string, change: (value: string) => Partial<Choice>) =>
  element<HTMLSelectElement>(id).addEventListener('change', (event) =>
    choose(change((event.target as HTMLSelectElement).value)),
  )

field('data', (data) => ({ data: data as Choice['data'], batchSize: data === 'xor' ? 4 : 16 }))
field('noise', (noise) => ({ noise: Number(noise) }))
field('activation', (activation) => ({ activation: activation as Choice['activation'] }))
field('start', (start) => ({ start: start as Choice['start'] }))
field('optimizer', (optimizer) => ({ optimizer: optimizer as Choice['optimizer'] }))
field('batch', (batch) => ({ batchSize: Number(batch) }))
field('speed', (speed) => ({ epochsPerFrame: Number(speed) }))
// The rate alone changes without a new start.
element<HTMLSelectElement>('rate').addEventListener('change', (event) => {
  choice = { ...choice, learningRate: Number((event.target as HTMLSelectElement).value) }
  if (source?.readyState === EventSource.OPEN) control('rate', choice.learningRate)
  else restart()
})

element('less').addEventListener('click', () => choose({ units: choice.units.slice(0, -1) }))
element('more').addEventListener('click', () => choose({ units: [...choice.units, choice.units.at(-1) ?? 4] }))
element('restart').addEventListener('click', restart)
element('reseed').addEventListener('click', () => choose({ seed: choice.seed + 1 }))
element('step').addEventListener('click', () => {
  setPaused(true)
  control('step')
})
element('play').addEventListener('click', () => {
  setPaused(!isPaused)
  control(isPaused ? 'pause' : 'resume')
})

function setPaused(paused: boolean): void {
  isPaused = paused
  element('play').textContent = paused ? 'Go on' : 'Pause'
}

for (const { name, choice: change, text } of lessons) {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = name
  button.addEventListener('click', () => {
    setPaused(false)
    choose(change)
    element('lesson').hidden = false
    element('lesson').textContent = text
  })
  element('lessons').append(button)
}

themes(() => {
  theme = palette()
  losses.redraw()
  show()
})
addEventListener('resize', schedule)
showChoice()
restart()
