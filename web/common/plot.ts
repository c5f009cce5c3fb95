import uPlot from 'uplot'
import type { Plot, PlotLine } from '../../lib/report/show/plots.js'
import { colour, element } from './page.js'

/** A plot on the page, which keeps the width of its place. */
export interface Drawn {
  readonly plot: uPlot
  redraw(): void
}

const font = '12px system-ui, sans-serif'
const wideHeight = 240

/**
 * Draws a plot into the element with this id.
 * @param over draws more on top, after each redraw.
 */
export function draw(id: string, given: Plot, over?: (plot: uPlot) => void): Drawn {
  const place = element(id)
  const isSquare = place.parentElement?.classList.contains('square') ?? false
  const size = () => {
    const width = Math.max(200, Math.floor(place.clientWidth))
    return { width, height: isSquare ? Math.min(width, 400) : wideHeight }
  }
  place.textContent = ''
  const options: uPlot.Options = {
    ...size(),
    padding: [12, 16, 0, 0],
    legend: { show: given.lines.length > 1, live: false, markers: { width: 3 } },
    cursor: { drag: { x: false, y: false }, points: { show: given.lines.every(({ points }) => points !== 'alone') } },
    scales: { x: scale(given.xRange), y: scale(given.yRange) },
    axes: [axis(given.xLabel, given.isCount === true, 36), axis(given.yLabel, false, 46)],
    series: [{ label: given.xLabel }, ...given.lines.map((line) => series(line))],
    hooks: { drawAxes: [(plot) => guide(plot, given)], draw: over ? [over] : [] },
  }
  const plot = new uPlot(options, [[...given.x], ...given.lines.map(({ values }) => [...values])], place)
  new ResizeObserver(() => {
    const next = size()
    if (next.width !== plot.width) plot.setSize(next)
  }).observe(place)
  hint(plot, given)
  return { plot, redraw: () => plot.redraw(false) }
}

/** 100K, 0.25 */
function short(value: number): string {
  const notation = Math.abs(value) >= 1e4 ? 'compact' : 'standard'
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4, notation })
}

function scale(range: readonly [number, number] | undefined): uPlot.Scale {
  return { time: false, ...(range && { range: [range[0], range[1]] }) }
}

function axis(label: string, isCount: boolean, size: number): uPlot.Axis {
  const line = { stroke: () => colour('--line'), width: 1 }
  return {
    ...{
      label,
      labelFont: font,
      font,
      labelSize: 22,
      size,
      stroke: () => colour('--quiet'),
      grid: line,
      ticks: { ...line, size: 4 },
    },
    ...(isCount && { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] }),
    values: (_, marks) => marks.map(short),
  }
}

function series({ name, colour: place = 0, dashed, points }: PlotLine): uPlot.Series {
  const stroke = () => colour(`--series-${place}`)
  if (points === 'alone') {
    const fill = () => `${colour('--series-0')}66`
    return { label: name, stroke, paths: () => null, points: { show: true, size: 4, width: 0, fill, stroke: fill } }
  }
  const marks = { show: points === 'marked', size: 7, fill: stroke }
  return { label: name, stroke, width: 2, spanGaps: true, points: marks, ...(dashed && { dash: [6, 4] }) }
}

/** The thin line that a plot is read against. */
function guide(plot: uPlot, { guide: kind }: Plot): void {
  const { min: low, max: high } = plot.scales.x!
  if (!kind || low === undefined || high === undefined) return
  const { ctx } = plot
  const at = (x: number, y: number) => [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)] as const
  ctx.save()
  ctx.beginPath()
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height)
  ctx.clip()
  ctx.beginPath()
  ctx.moveTo(...at(low, kind === 'zero' ? 0 : low))
  ctx.lineTo(...at(high, kind === 'zero' ? 0 : high))
  ctx.strokeStyle = colour('--quiet')
  ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.lineWidth = devicePixelRatio
  ctx.stroke()
  ctx.restore()
}

/** The values at the pointer, in a corner of the plot. */
function hint(plot: uPlot, { lines, xLabel }: Plot): void {
  const note = document.createElement('div')
  note.className = 'hint'
  plot.over.append(note)
  const show = () => {
    const { idx } = plot.cursor
    note.hidden = idx === null || idx === undefined
    if (note.hidden) return
    const parts = lines.flatMap(({ name }, k) => {
      const value = plot.data[k + 1]![idx!]
      return typeof value === 'number' ? [`${name} ${short(value)}`] : []
    })
    note.textContent = [`${xLabel} ${short(plot.data[0]![idx!]!)}`, ...parts].join('  ·  ')
  }
  show()
  plot.over.addEventListener('pointermove', () => requestAnimationFrame(show))
  plot.over.addEventListener('pointerleave', () => {
    note.hidden = true
  })
}
