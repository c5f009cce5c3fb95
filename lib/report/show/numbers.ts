import type { NumberFindings } from '../measure/numbers.js'
import { histogram } from './bars.js'
import { formatNumber, formatShare } from './format.js'
import { html } from './html.js'
import type { Plot } from './plots.js'
import { figure, numberHead, type Section, table } from './section.js'

export function numberSections({ points, residuals, bias, intervals, range }: NumberFindings): Section[] {
  const byTruth = [...points].sort((a, b) => a.predicted - b.predicted)
  const predicted = byTruth.map((point) => point.predicted)
  const cloud = (values: number[], name: string) => [{ name, values, points: 'alone' as const }]
  const common = { x: predicted, xLabel: 'predicted' }
  const plots: Record<string, Plot> = {
    'truth-plot': {
      ...{
        ...common,
        lines: cloud(
          byTruth.map(({ truth }) => truth),
          'true',
        ),
        yLabel: 'true',
      },
      ...{ xRange: range, yRange: range, guide: 'diagonal' },
    },
    'residual-plot': {
      ...{
        ...common,
        lines: cloud(
          byTruth.map(({ truth, predicted: said }) => said - truth),
          'error',
        ),
        yLabel: 'predicted minus true',
      },
      guide: 'zero',
    },
  }
  const errors: Section = {
    ...{ id: 'errors', title: 'Errors', plots },
    body: html`<p>Each point is a row${points.length === 1500 && ' of 1,500 that were drawn'}. On average the model is ${formatNumber(Math.abs(bias))} ${bias < 0 ? 'too low' : 'too high'}.</p>
<div class="pair">${figure('truth-plot', 'True by predicted', 'True number of rows by predicted number', 'square')}${figure('residual-plot', 'Error by predicted', 'Error of rows by predicted number', 'square')}</div>
<figure class="figure wide"><figcaption>How errors are distributed <span class="quiet">predicted minus true</span></figcaption>${histogram(residuals, 'Histogram of errors')}<div class="ends"><span>${formatNumber(residuals.edges[0]!)}</span><span>${formatNumber(residuals.edges.at(-1)!)}</span></div>${residuals.outside > 0 && html`<p class="quiet">${formatNumber(residuals.outside)} rows lie outside.</p>`}</figure>`,
  }
  if (intervals.length === 0) return [errors]
  const rows = intervals.map(
    ({ promised, found, meanWidth }) =>
      html`<tr><th scope="row">${formatShare(promised)}</th><td class="number">${formatShare(found)}</td><td class="number">${formatNumber(meanWidth)}</td></tr>`,
  )
  return [
    errors,
    {
      ...{ id: 'intervals', title: 'Intervals' },
      body: html`<p>How often the intervals of predictInterval contain the true number of these rows.</p>${table('Coverage of intervals', ['Promised', ...['Found', 'Mean width'].map(numberHead)], rows)}`,
    },
  ]
}
