import { version } from '../../base/version.js'
import { innermost } from '../../learning/wrapped.js'
import { native } from '../../native/addon.js'
import { Sequential } from '../../sequential.js'
import type { ReportSettings } from '../options.js'
import type { ReportData } from '../read/data.js'
import type { Subject } from '../read/subject.js'

/** What a model card says: facts with their names, in groups. */
export interface CardGroup {
  readonly title: string
  readonly facts: readonly (readonly [name: string, value: string])[]
}

/** The facts of a model card. Mitchell et al. 2019, "Model cards for model reporting". */
export function cardOf(subject: Subject, data: ReportData, settings: ReportSettings): CardGroup[] {
  const { total, rows, target } = data
  const { kernels, blas } = native().info()
  const used = rows.count < total ? `${count(rows.count)} of ${count(total)}, drawn at random` : `all ${count(total)}`
  return [
    { title: 'Model', facts: modelFacts(subject, target) },
    ...trainingFacts(subject),
    {
      title: 'This report',
      facts: [
        ['Scores are of', settings.data ?? 'the rows that were given to report()'],
        ['Rows', used],
        ['Written', new Date().toISOString().slice(0, 16).replace('T', ' ').concat(' UTC')],
        ['Seed of samples and shuffles', String(settings.seed)],
        ['perceptra', version],
        ['Node', `${process.version} on ${process.platform}-${process.arch}`],
        // Its name and version, without how it was built.
        ['Kernels', `${kernels}; products by ${blas.split(' ').slice(0, 2).join(' ')}`],
      ],
    },
  ]
}

function modelFacts({ model, kind, task, schema }: Subject, target: string): [string, string][] {
  const inner = innermost(model)
  const facts: [string, string][] = [['Kind', kind]]
  if (inner !== model) facts.push(['Estimator', inner.constructor.name])
  facts.push([
    'Predicts',
    task.name === 'numbers'
      ? `${target}, a number`
      : `${target}, one of ${task.classes.length} classes: ${listed(task.classes)}`,
  ])
  if (schema) facts.push(['Columns', count(schema.columns.length)])
  const network = networkOf(inner)
  if (network) {
    const { layers, seed } = network.toJSON()
    const widths = layers.map((layer) => ('units' in layer ? `${layer.type} ${layer.units}` : layer.type))
    facts.push(['Layers', `${layers[0]!.inputShape![0]} inputs, ${widths.join(', ')}`])
    facts.push(['Trained numbers', count(network.countParams())], ['Seed', String(seed)])
  }
  const { getParams } = inner as { getParams?: () => Record<string, unknown> }
  if (getParams && !(inner instanceof Sequential)) {
    for (const [key, value] of Object.entries(getParams.call(inner))) {
      const text = plain(value)
      if (text !== undefined) facts.push([key, text])
    }
    const { seed } = inner as { seed?: unknown }
    if (typeof seed === 'number' && !facts.some(([key, value]) => key === 'seed' && value !== 'null')) {
      facts.push(['seed that was drawn', String(seed)])
    }
  }
  return facts
}

function networkOf(inner: object): Sequential | undefined {
  if (inner instanceof Sequential) return inner
  const { network } = inner as { network?: unknown }
  return network instanceof Sequential ? network : undefined
}

const endings = { completed: 'its last epoch', timeLimit: 'the time limit', stopTraining: 'stopTraining' } as const

function trainingFacts({ model }: Subject): CardGroup[] {
  const inner = innermost(model) as { nIter?: number; stopReason?: string; nFeaturesIn?: number }
  const { training } = model.report ?? {}
  if (training) {
    const facts: [string, string][] = [
      ['Rows', `${count(training.rows)} to train with, ${count(training.validationRows)} held out`],
      ['Epochs', `${training.epochs}${training.bestEpoch === null ? '' : `, best ${training.bestEpoch + 1}`}`],
      [
        'Score that chose the epoch',
        training.score === null ? 'none' : `${training.metric} ${training.score.toPrecision(4)}`,
      ],
      ['Ended by', endings[training.stopReason]],
      ['Time', `${training.seconds.toFixed(1)} s`],
    ]
    return [{ title: 'Training', facts }]
  }
  if (inner.nIter === undefined) return []
  return [
    {
      title: 'Training',
      facts: [
        ['Epochs', String(inner.nIter)],
        ['Ended by', String(inner.stopReason)],
      ],
    },
  ]
}

/** A parameter as text; undefined for functions and the like. */
function plain(value: unknown): string | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return undefined
  const text = JSON.stringify(value)
  return text === undefined || text.length > 200 ? undefined : text
}

const count = (value: number) => value.toLocaleString('en-US')

function listed(classes: readonly unknown[]): string {
  return `${classes.slice(0, 12).map(String).join(', ')}${classes.length > 12 ? ', ...' : ''}`
}
