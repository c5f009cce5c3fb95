import type { PageData } from '../../lib/report/show/plots.js'
import { element, themes } from '../common/page.js'
import { draw } from '../common/plot.js'
import { thresholdPanel } from './thresholds.js'

const { plots, thresholds } = JSON.parse(element('report-data').textContent ?? '{}') as PageData

const drawn: { redraw(): void }[] = Object.entries(plots).map(([id, plot]) => draw(id, plot))
if (thresholds.length > 0) drawn.push(thresholdPanel(thresholds))
themes(() => {
  for (const plot of drawn) plot.redraw()
})
