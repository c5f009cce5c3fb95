import type uPlot from 'uplot'
import type { Plot, ThresholdData } from '../../lib/report/show/plots.js'
import { colour, element, formatNumber, formatShare } from '../common/page.js'
import { type Drawn, draw } from '../common/plot.js'

const unit: readonly [number, number] = [0, 1]

/** The panel of thresholds: a slider, a point on each curve that can be dragged, and what follows from it. */
export function thresholdPanel(classes: readonly ThresholdData[]): { redraw(): void } {
  const slider = element<HTMLInputElement>('threshold')
  let own = classes[0]!
  let at = own.chosen
  let plots: { drawn: Drawn; order: readonly number[] }[] = []
  const calibration: Drawn[] = []

  const show = (index: number) => {
    at = index
    slider.value = String(index)
    write(own, index, classes.length === 1)
    for (const { drawn } of plots) drawn.redraw()
  }
  const choose = (data: ThresholdData) => {
    own = data
    at = data.chosen
    slider.max = String(data.thresholds.length - 1)
    for (const drawn of [...plots.map((entry) => entry.drawn), ...calibration]) drawn.plot.destroy()
    plots = [curve('roc', rocOf(data)), curve('precision-recall', precisionRecallOf(data))]
    calibration.splice(0)
    if (data.calibration) calibration.push(draw('calibration-plot', data.calibration))
    element('roc-area').textContent = `area ${data.auc.toFixed(3)}`
    element('pr-area').textContent = `average precision ${data.averagePrecision.toFixed(3)}`
    const name = document.getElementById('calibration-class')
    if (name) name.textContent = data.name
    show(at)
  }
  /** A curve with the point of the threshold, which follows the pointer. `order` has the threshold of each of its points. */
  const curve = (id: string, { plot, order }: { plot: Plot; order: readonly number[] }) => {
    const drawn = draw(id, plot, (over) => mark(over, order.indexOf(at)))
    const { over } = drawn.plot
    const follow = (event: PointerEvent) => {
      const box = over.getBoundingClientRect()
      show(order[nearest(drawn.plot, event.clientX - box.left, event.clientY - box.top)]!)
    }
    over.classList.add('draggable')
    over.addEventListener('pointerdown', (event) => {
      over.setPointerCapture(event.pointerId)
      follow(event)
    })
    over.addEventListener('pointermove', (event) => {
      if (over.hasPointerCapture(event.pointerId)) follow(event)
    })
    return { drawn, order }
  }

  slider.addEventListener('input', () => show(Number(slider.value)))
  element('threshold-reset').addEventListener('click', () => show(own.chosen))
  const chooser = document.getElementById('class-choice') as HTMLSelectElement | null
  chooser?.addEventListener('change', () => choose(classes[Number(chooser.value)]!))
  choose(own)
  return {
    redraw() {
      for (const drawn of [...plots.map((entry) => entry.drawn), ...calibration]) drawn.redraw()
    },
  }
}

/** True positives by false positives; thresholds descend along it. */
function rocOf({ thresholds, truePositives, falsePositives, positives, negatives }: ThresholdData) {
  const order = thresholds.map((_, k) => k).reverse()
  const line = { name: 'true positives', values: order.map((k) => truePositives[k]! / positives) }
  const x = order.map((k) => falsePositives[k]! / negatives)
  const labels = { xLabel: 'false positive rate', yLabel: 'true positive rate', guide: 'diagonal' as const }
  return { order, plot: { x, lines: [line], xRange: unit, yRange: unit, ...labels } }
}

/** Precision by recall, where any row is called positive. */
function precisionRecallOf({ thresholds, truePositives, falsePositives, positives }: ThresholdData) {
  const called = (k: number) => truePositives[k]! + falsePositives[k]!
  const order = thresholds.map((_, k) => k).reverse()
  const line = { name: 'precision', values: order.map((k) => (called(k) === 0 ? null : truePositives[k]! / called(k))) }
  const x = order.map((k) => truePositives[k]! / positives)
  return { order, plot: { x, lines: [line], xRange: unit, yRange: unit, xLabel: 'recall', yLabel: 'precision' } }
}

/** The point of a curve that is nearest to a place on the screen. */
function nearest(plot: uPlot, left: number, top: number): number {
  let [best, least] = [0, Infinity]
  for (const [k, x] of plot.data[0]!.entries()) {
    const y = plot.data[1]![k]
    if (typeof y !== 'number') continue
    const distance = (plot.valToPos(x, 'x') - left) ** 2 + (plot.valToPos(y, 'y') - top) ** 2
    if (distance < least) [best, least] = [k, distance]
  }
  return best
}

function mark(plot: uPlot, point: number): void {
  const y = plot.data[1]![point]
  if (typeof y !== 'number') return
  const { ctx } = plot
  ctx.save()
  ctx.beginPath()
  ctx.arc(plot.valToPos(plot.data[0]![point]!, 'x', true), plot.valToPos(y, 'y', true), 6 * devicePixelRatio, 0, 7)
  ctx.fillStyle = colour('--series-1')
  ctx.strokeStyle = colour('--paper')
  ctx.lineWidth = 2 * devicePixelRatio
  ctx.fill()
  ctx.stroke()
  ctx.restore()
}

/** Writes what follows from a threshold. */
function write(data: ThresholdData, index: number, isBinary: boolean): void {
  const { positives, negatives } = data
  const [hits, alarms] = [data.truePositives[index]!, data.falsePositives[index]!]
  const text = (id: string, value: string) => {
    const place = document.getElementById(id)
    if (place) place.textContent = value
  }
  const called = hits + alarms
  text('threshold-value', data.thresholds[index]!.toFixed(3))
  text('t-precision', formatShare(hits / called))
  text('t-recall', formatShare(hits / positives))
  text('t-f1', formatNumber((2 * hits) / (called + positives)))
  text('t-specificity', formatShare((negatives - alarms) / negatives))
  text('t-positive', `${formatNumber(called)} rows`)
  text('t-accuracy', formatShare((hits + negatives - alarms) / (positives + negatives)))
  if (!isBinary) return
  const cell = (id: string, value: number, all: number) => {
    const place = document.getElementById(id)
    if (!place) return
    place.className = place.className.replace(/shade-\d+/, `shade-${Math.round((10 * value) / all)}`)
    place.querySelector('b')!.textContent = formatNumber(value)
    place.querySelector('span')!.textContent = formatShare(value / all)
  }
  cell('cell-0-0', negatives - alarms, negatives)
  cell('cell-0-1', alarms, negatives)
  cell('cell-1-0', positives - hits, positives)
  cell('cell-1-1', hits, positives)
}
