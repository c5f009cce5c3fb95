import type { Findings } from '../measure/findings.js'
import type { GroupTable } from '../measure/groups.js'
import { bar } from './bars.js'
import { formatNumber, formatPart, formatShare } from './format.js'
import { type Html, html, type Part } from './html.js'
import type { Plot } from './plots.js'
import { figure, numberHead, type Section, table } from './section.js'

export function trainingSection({ training }: Findings): Section[] {
  if (!training) return []
  const plots: Record<string, Plot> = {}
  const figures = training.curves.map(({ name, training: own, validation }, k) => {
    const id = `training-${k}`
    plots[id] = {
      ...{ x: training.epochs, xLabel: 'epoch', yLabel: name, isCount: true },
      lines: [
        ...(own ? [{ name: 'training', values: own, colour: 0 }] : []),
        ...(validation ? [{ name: 'validation', values: validation, colour: 1, dashed: true }] : []),
      ],
    }
    const last = [own, validation].flatMap((values) => (values ? [formatNumber(values.at(-1)!)] : [])).join(' and ')
    return figure(id, name, `${name} over ${training.epochs.length} epochs, at the end ${last}`)
  })
  const body = html`<p>${formatNumber(training.epochs.length)} epochs.</p><div class="pair">${figures}</div>`
  return [{ id: 'training', title: 'Training', body, plots }]
}

export function groupSection({ groups, numbers, scores }: Findings): Section[] {
  if (groups.length === 0) return []
  const isNumbers = numbers !== undefined
  const most = isNumbers ? Math.max(...groups.flatMap(({ groups: all }) => all.map(({ score }) => score))) || 1 : 1
  const overall = scores[0]!.value
  const intro = isNumbers
    ? html`RMSE of the rows with each value; the mark is that of all rows.`
    : html`Accuracy of the rows with each value, with its 95 % interval; the mark is the accuracy of all rows. Small groups vary by chance.`
  return [
    {
      ...{ id: 'groups', title: 'By group' },
      body: html`<p>${intro}</p>${groups.map((entry, k) => groupTable(entry, isNumbers, most, overall, k))}`,
    },
  ]
}

function groupTable(
  { column, groups }: GroupTable,
  isNumbers: boolean,
  most: number,
  overall: number,
  place: number,
): Html {
  const has = (key: 'auc' | 'predicted') => groups.some((group) => group[key] !== undefined)
  const share = isNumbers ? formatNumber : formatShare
  const rows = groups.map(({ value, rows: count, score, interval, auc, predicted, actual }) => {
    const ends = interval ? { low: interval[0], high: interval[1] } : {}
    return html`<tr><th scope="row">${value}</th><td class="number">${formatNumber(count)}</td><td class="with-bar">${bar(score, most, { ...ends, mark: overall })}</td><td class="number">${share(score)}</td>${has('auc') && html`<td class="number">${auc === undefined ? '–' : auc.toFixed(3)}</td>`}${has('predicted') && html`<td class="number">${share(predicted!)}</td><td class="number">${share(actual!)}</td>`}</tr>`
  })
  const score = isNumbers ? 'RMSE' : 'Accuracy'
  const means = isNumbers ? ['Mean predicted', 'Mean true'] : ['Called positive', 'Are positive']
  const figures = [score, ...(has('auc') ? ['AUC'] : []), ...(has('predicted') ? means : [])]
  const head: Part[] = [
    'Value',
    numberHead('Rows'),
    html`<span class="unseen">${score} as a bar</span>`,
    ...figures.map(numberHead),
  ]
  return html`<details${place < 2 && html` open`}><summary>${column}</summary>${table(`Scores by ${column}`, head, rows, 'groups')}</details>`
}

export function importanceSection({ importance, dependences }: Findings): Section[] {
  if (!importance) return []
  const { columns, score, baseline, rows: count, repeats, missing } = importance
  const shown = columns.slice(0, 25)
  const most = Math.max(...shown.map(({ mean, deviation }) => mean + deviation), 1e-12)
  const rows = shown.map(
    ({ name, mean, deviation }) =>
      html`<tr><th scope="row">${name}</th><td class="with-bar">${bar(mean, most, repeats > 1 ? { low: mean - deviation, high: mean + deviation } : {})}</td><td class="number">${mean.toFixed(4)}</td></tr>`,
  )
  const plots: Record<string, Plot> = {}
  const figures = dependences.map(({ column, values, outputs }, k) => {
    const id = `dependence-${k}`
    if (typeof values[0] !== 'number') return dependenceBars(column, values as readonly string[], outputs[0]!)
    plots[id] = {
      ...{ x: values as number[], xLabel: column, yLabel: outputs.length === 1 ? outputs[0]!.name : 'mean prediction' },
      lines: outputs.map(({ name, means }, output) => ({
        name,
        values: means,
        colour: output,
        dashed: output % 2 === 1,
      })),
    }
    return figure(id, column, `Mean prediction by ${column}`)
  })
  return [
    {
      ...{ id: 'importance', title: 'Importance', plots },
      body: html`<p>How much the ${score} of ${formatNumber(baseline)} falls when a column is shuffled among ${formatNumber(count)} rows${repeats > 1 && `, ${repeats} times`}. Columns that tell the same may each seem unimportant.${missing > 0 && ` The time limit left ${missing} columns out.`}</p>
${table('Importance of columns', ['Column', html`<span class="unseen">Importance as a bar</span>`, numberHead('Fall')], rows, 'groups')}${columns.length > shown.length && html`<p class="quiet">The other ${columns.length - shown.length} columns matter less.</p>`}
${figures.length > 0 && html`<h3>Dependence</h3><p>The mean prediction when a column has the same value in all rows.</p><div class="pair">${figures}</div>`}`,
    },
  ]
}

function dependenceBars(
  column: string,
  values: readonly string[],
  { name, means }: { name: string; means: readonly number[] },
): Html {
  const most = Math.max(...means, 0)
  const rows = values.map(
    (value, k) =>
      html`<tr><th scope="row">${value}</th><td class="with-bar">${most > 0 && bar(means[k]!, most)}</td><td class="number">${shortMean(means[k]!)}</td></tr>`,
  )
  const head = [column, html`<span class="unseen">${name} as a bar</span>`, numberHead(name)]
  return html`<div class="figure"><p class="caption">${column}</p>${table(`Mean prediction by ${column}`, head, rows, 'groups')}</div>`
}

export function wrongSection({ wrong, rows: count }: Findings): Section[] {
  const { columns, rows, count: all } = wrong
  if (rows.length === 0) return []
  const isNumbers = all === undefined
  const head = [
    'Row',
    'True',
    'Predicted',
    ...(isNumbers ? ['Error'] : ['Sure of it', 'Gave the truth']).map(numberHead),
    ...columns,
  ]
  const share = (value: number | undefined) =>
    html`<td class="number">${value === undefined ? '–' : formatShare(value)}</td>`
  const shown = (value: string | number | null) =>
    value === null ? html`<i>missing</i>` : typeof value === 'number' ? formatNumber(value) : value
  const lines = rows.map(
    ({ row, truth, predicted, confidence, truthProbability, error, cells }) =>
      html`<tr><th scope="row">${row}</th><td>${shown(truth)}</td><td>${shown(predicted)}</td>${isNumbers ? html`<td class="number">${formatNumber(error!)}</td>` : html`${share(confidence)}${share(truthProbability)}`}${cells.map((cell) => html`<td>${shown(cell)}</td>`)}</tr>`,
  )
  const intro = isNumbers
    ? html`The rows with the largest errors.`
    : html`${formatNumber(all)} of ${formatNumber(count)} rows are wrong; these most surely so. Look for mislabelled rows here first.`
  return [
    {
      id: 'wrong',
      title: 'Most wrong',
      body: html`<p>${intro} Rows are counted from 0.</p>${table('Rows that are predicted worst', head, lines)}`,
    },
  ]
}

export function columnSection({ columns, unlisted, warnings, driftWarnings }: Findings): Section[] {
  const isKnown = columns.some(({ psi }) => psi !== undefined)
  const count = (value: number | undefined) => (value === undefined || value === 0 ? '–' : formatNumber(value))
  const drifts = (psi: number | undefined, isDrifted: boolean) =>
    html`<td class="number">${psi === undefined ? '–' : isDrifted ? html`<b class="drifted">${psi.toFixed(3)}</b>` : psi.toFixed(3)}</td>`
  const rows = columns.map(
    ({ name, kind, missing, content, unseen, psi, isDrifted }) =>
      html`<tr><th scope="row">${name}</th><td>${kind}</td><td class="number">${formatPart(missing)}</td>${isKnown && html`<td class="number">${count(unseen)}</td>${drifts(psi, isDrifted)}`}<td>${content}</td></tr>`,
  )
  const figures = ['Missing', ...(isKnown ? ['Not seen in training', 'Drift'] : [])]
  const head = ['Column', 'Kind', ...figures.map(numberHead), isKnown ? 'In training' : 'Holds']
  const listOf = (title: string, lines: readonly string[]) =>
    lines.length > 0 && html`<p>${title}</p><ul class="warnings">${lines.map((line) => html`<li>${line}</li>`)}</ul>`
  return [
    {
      ...{ id: 'columns', title: 'Columns' },
      body: html`${listOf('Of the rows that it was trained with:', warnings)}${listOf('Of the rows of this report:', driftWarnings)}${table('Columns of the data', head, rows)}${
        unlisted > 0 && html`<p class="quiet">And ${formatNumber(unlisted)} more columns.</p>`
      }${
        isKnown &&
        html`<p class="quiet">Drift is the population stability index of these rows against those of training: above 0.2 is commonly called significant.</p>`
      }`,
    },
  ]
}

export function cardSection({ card, description }: Findings): Section[] {
  const groups = card.map(
    ({ title, facts }) =>
      html`<div class="card"><h3>${title}</h3><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></div>`,
  )
  return [
    {
      ...{ id: 'card', title: 'Model card' },
      body: html`${description !== undefined && html`<p class="description">${description}</p>`}<div class="cards">${groups}</div>`,
    },
  ]
}

/** Probabilities with as many digits each, so that they align. */
function shortMean(mean: number): string {
  return mean > 0 && mean < 1 ? mean.toFixed(3) : formatNumber(mean)
}
