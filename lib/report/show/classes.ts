import type { ClassFindings } from '../measure/classes.js'
import { formatNumber, formatShare } from './format.js'
import { type Html, html } from './html.js'
import type { Plot, ThresholdData } from './plots.js'
import { figure, numberHead, type Section, table } from './section.js'

/** Classes of a confusion matrix that is shown whole; of a larger one the most confused pairs are shown. */
const mostInMatrix = 30
const pairs = 15

export function classSections(found: ClassFindings): Section[] {
  const { curves, classes } = found
  const isBinary = classes.length === 2
  const confusion: Section = {
    ...{ id: 'confusion', title: 'Confusion' },
    body: html`<p>Rows by what they are and what the model says. ${isBinary && curves.length > 0 && 'The numbers follow the threshold below.'}</p>${
      classes.length <= mostInMatrix ? matrix(found) : confusedPairs(found)
    }${!isBinary && recalls(found)}`,
  }
  if (curves.length === 0) return [confusion]
  const thresholds: Section = {
    ...{ id: 'thresholds', title: 'Thresholds' },
    body: html`<p>A row counts as positive when its ${found.calibrations.length > 0 ? 'probability' : 'score'} is at least the threshold. Drag the slider, or a point along a curve.</p>${panel(found)}`,
  }
  if (found.calibrations.length === 0) return [confusion, thresholds]
  return [confusion, thresholds, calibration(found)]
}

function panel({ curves, classes }: ClassFindings): Html {
  const [first] = curves
  const chooser =
    curves.length > 1 &&
    html`<label class="choice">Class <select id="class-choice">${curves.map(({ name }, k) => html`<option value="${k}">${name}</option>`)}</select></label>`
  const fact = (id: string, name: string) => html`<div><dt>${name}</dt><dd id="${id}">–</dd></div>`
  return html`<div class="controls">${chooser}<label class="slider">Threshold <input type="range" id="threshold" min="0" max="${first!.thresholds.length - 1}" value="${first!.chosen}" step="1"></label><output id="threshold-value" for="threshold">–</output><button type="button" id="threshold-reset">The model's own</button></div>
<dl class="facts" aria-live="polite">${fact('t-precision', 'Precision')}${fact('t-recall', 'Recall')}${fact('t-f1', 'F1')}${fact('t-specificity', 'Specificity')}${fact('t-positive', 'Called positive')}${classes.length === 2 && fact('t-accuracy', 'Accuracy')}</dl>
<div class="pair">${figure('roc', html`ROC curve <span id="roc-area" class="quiet"></span>`, 'True positives over all positives, by false positives over all negatives', 'square')}${figure('precision-recall', html`Precision and recall <span id="pr-area" class="quiet"></span>`, 'Precision by recall', 'square')}</div>`
}

function matrix({ classes, confusion }: ClassFindings): Html {
  const sums = confusion.map((row) => row.reduce((sum, value) => sum + value, 0))
  const rows = confusion.map(
    (row, i) =>
      html`<tr><th scope="row">${classes[i]}</th>${row.map((value, j) => {
        const share = sums[i] === 0 ? 0 : value / sums[i]!
        const id = classes.length === 2 && html` id="cell-${i}-${j}"`
        return html`<td class="cell ${i === j ? 'right' : 'wrong'} shade-${Math.round(10 * share)}"${id}><b>${formatNumber(value)}</b> <span>${formatShare(share)}</span></td>`
      })}<td class="sum">${formatNumber(sums[i]!)}</td></tr>`,
  )
  const head = [html`<span class="quiet">true \\ said</span>`, ...classes.map((name) => html`${name}`), 'rows']
  return table(
    'Confusion matrix: rows by truth, columns by prediction',
    head,
    rows,
    `matrix${classes.length > 6 ? ' small' : ''}`,
  )
}

function confusedPairs({ classes, confusion }: ClassFindings): Html {
  const found = confusion.flatMap((row, i) =>
    row.flatMap((value, j) => (i !== j && value > 0 ? [{ truth: classes[i]!, said: classes[j]!, value }] : [])),
  )
  const rows = found
    .sort((a, b) => b.value - a.value)
    .slice(0, pairs)
    .map(
      ({ truth, said, value }) =>
        html`<tr><td>${truth}</td><td>${said}</td><td class="number">${formatNumber(value)}</td></tr>`,
    )
  return table('Classes that are most confused', ['True class', 'Said', numberHead('Rows')], rows)
}

function recalls({ classes, confusion }: ClassFindings): Html {
  const said = classes.map((_, j) => confusion.reduce((sum, row) => sum + row[j]!, 0))
  const rows = classes.map((name, k) => {
    const [hits, all] = [confusion[k]![k]!, confusion[k]!.reduce((sum, value) => sum + value, 0)]
    const [precision, recall] = [hits / said[k]!, hits / all]
    const f1 = (2 * hits) / (said[k]! + all)
    return html`<tr><th scope="row">${name}</th><td class="number">${formatShare(precision)}</td><td class="number">${formatShare(recall)}</td><td class="number">${formatNumber(f1)}</td><td class="number">${formatNumber(all)}</td></tr>`
  })
  return html`<details><summary>Precision and recall of each class</summary>${table('Precision and recall of each class', ['Class', ...['Precision', 'Recall', 'F1', 'Rows'].map(numberHead)], rows)}</details>`
}

function calibration({ calibrations, curves }: ClassFindings): Section {
  const rows = calibrations.map(
    ({ name, error, bins }) =>
      html`<tr><th scope="row">${name}</th><td class="number">${formatNumber(error)}</td><td class="number">${formatNumber(Math.max(...bins.map(({ predicted, observed }) => Math.abs(predicted - observed))))}</td></tr>`,
  )
  const errors = table(
    'Calibration error of each class',
    ['Class', ...['Expected calibration error', 'Largest of a bin'].map(numberHead)],
    rows,
  )
  return {
    ...{ id: 'calibration', title: 'Calibration' },
    body: html`<p>Of the rows that the model gives a probability of 30 %, about 30 % should be of the class: points on the diagonal. Below it, the model is too sure.</p>
<div class="pair">${figure('calibration-plot', html`Observed share by predicted probability${curves.length > 1 && html` <span id="calibration-class" class="quiet"></span>`}`, 'Observed share of the class, by predicted probability, in ten bins', 'square')}<div>${errors}</div></div>`,
  }
}

/** What the program of the page needs to drag thresholds. */
export function thresholdData({ curves, calibrations }: ClassFindings): ThresholdData[] {
  return curves.map((curve, k) => {
    const { bins } = calibrations[k] ?? {}
    if (!bins) return curve
    const plot: Plot = {
      x: bins.map(({ predicted }) => predicted),
      lines: [{ name: 'observed', values: bins.map(({ observed }) => observed), points: 'marked' }],
      ...{
        xLabel: 'predicted probability',
        yLabel: 'observed share',
        xRange: [0, 1],
        yRange: [0, 1],
        guide: 'diagonal',
      },
    }
    return { ...curve, calibration: plot }
  })
}
