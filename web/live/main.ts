import type uPlot from 'uplot'
import type { LiveEpoch, LiveState } from '../../lib/report/live/messages.js'
import { element, formatNumber, themes } from '../common/page.js'
import { type Drawn, draw } from '../common/plot.js'

/** A figure over the epochs: of training, of validation. */
interface Curve {
  readonly drawn: Drawn
  readonly data: [epochs: number[], training: (number | null)[], validation: (number | null)[]]
}

const curves = new Map<string, Curve>()
let isScheduled = false

const source = new EventSource('/events')
const on = <T>(name: string, take: (message: T) => void) =>
  source.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as T))

on<LiveState>('state', ({ title, stage, epoch, epochs, etaSeconds }) => {
  document.title = title
  element('title').textContent = title
  const left = etaSeconds === null || etaSeconds < 1 ? '' : `, about ${formatNumber(Math.round(etaSeconds))} s left`
  element('stage').textContent = epochs > 0 ? `${stage}: epoch ${epoch} of ${epochs}${left}` : stage
  const bar = element<HTMLProgressElement>('progress')
  if (epochs > 0) bar.value = epoch / epochs
  else bar.removeAttribute('value')
})

on<LiveEpoch>('epoch', ({ epoch, logs }) => {
  for (const [key, value] of Object.entries(logs)) {
    const isValidation = /^val[A-Z]/.test(key)
    const name = isValidation ? key[3]!.toLowerCase() + key.slice(4) : key
    const { data } = curveOf(name)
    let at = data[0].indexOf(epoch)
    if (at === -1) at = data[0].push(epoch) - 1
    data[1][at] ??= null
    data[2][at] ??= null
    data[isValidation ? 2 : 1][at] = value
    fact(key, value)
  }
  schedule()
})

// Another run begins, or all epochs come again.
on('restart', () => {
  for (const { data } of curves.values()) for (const values of data) values.length = 0
  schedule()
})

// The report is at the same address.
on('report', () => {
  source.close()
  location.reload()
})

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(() => {
    isScheduled = false
    for (const { drawn, data } of curves.values()) drawn.plot.setData(data as uPlot.AlignedData)
  })
}

function curveOf(name: string): Curve {
  const known = curves.get(name)
  if (known) return known
  const id = `curve-${curves.size}`
  const figure = document.createElement('figure')
  figure.className = 'figure wide'
  const caption = document.createElement('figcaption')
  caption.textContent = name
  const place = document.createElement('div')
  place.id = id
  place.className = 'plot'
  place.setAttribute('role', 'img')
  place.setAttribute('aria-label', `${name} by epoch`)
  figure.append(caption, place)
  element('plots').append(figure)
  const lines = [
    { name: 'training', values: [] },
    { name: 'validation', values: [], colour: 1, dashed: true },
  ]
  const drawn = draw(id, { x: [], xLabel: 'epoch', yLabel: name, isCount: true, lines })
  const curve: Curve = { drawn, data: [[], [], []] }
  curves.set(name, curve)
  return curve
}

const facts = new Map<string, HTMLElement>()

function fact(name: string, value: number): void {
  let place = facts.get(name)
  if (!place) {
    place = document.createElement('dd')
    const term = document.createElement('dt')
    term.textContent = name
    const pair = document.createElement('div')
    pair.append(term, place)
    element('facts').append(pair)
    facts.set(name, place)
  }
  place.textContent = value.toPrecision(4)
}

themes(() => {
  for (const { drawn } of curves.values()) drawn.redraw()
})
