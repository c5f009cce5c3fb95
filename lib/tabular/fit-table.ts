import { runBreathing } from '../base/breathing.js'
import { Matrix } from '../base/matrix.js'
import { native } from '../native/addon.js'
import { chooseEnsemble } from './choose.js'
import { chooseForm } from './choose-form.js'
import { backgroundOf } from './explain.js'
import { inSteps } from './in-steps.js'
import { fingerprintOf, TabularJournal } from './journal.js'
import { matrixOf, takeRows } from './known-rows.js'
import type { FitRecord, TabularLearned } from './learned.js'
import type { FitSettings, TabularProgress } from './options.js'
import { leastRows, type Split, trainPortfolio } from './portfolio.js'
import { type PreparedRows, prepareRows } from './prepare-rows.js'
import { type PresetName, presets } from './presets.js'
import type { ColumnPolicy } from './read-rows.js'
import type { Reading, ReadTarget } from './reading.js'
import type { EncodedRows } from './task.js'

/** The parameters of the model, and how its target is read. */
export interface FitSubject<T> extends ColumnPolicy {
  readonly preset: PresetName
  readonly seed: number
  readonly kind: 'classes' | 'numbers'
  readonly read: ReadTarget<T>
}

/** What was learned, and whether it may take the place of what was learned before. */
export interface FitResult<T> {
  readonly learned: TabularLearned<T>
  /** A whole epoch, of no fewer rows than an epoch has where time is short. */
  readonly mayReplace: boolean
}

/**
 * One fit of a table model: rows are read and prepared, the preset's networks trained, and an ensemble chosen.
 * @throws ArgumentError with row and column for wrong rows; TrainingError; FormatError for a wrong file of resume; the signal's reason.
 */
export async function fitTable<T>(
  rows: unknown,
  settings: FitSettings<string>,
  subject: FitSubject<T>,
): Promise<FitResult<T>> {
  const begin = performance.now()
  const { signal, onProgress, deadline, isStopped } = settings
  const { preset: name, seed, kind, read, unknownColumns, missingColumns } = subject
  const preset = presets[name]
  const tell = async (stage: TabularProgress['stage']) => {
    await onProgress?.({ stage, epoch: 0, epochs: 0, etaSeconds: Infinity, loss: undefined, score: undefined })
    signal?.throwIfAborted()
  }
  const policy = { unknownColumns, missingColumns }
  const raw = await prepareRows(rows, settings, { preset, policy, seed, kind, read, tell })
  const { reading, choice } = await chooseForm(raw, settings, seed)
  const prepared = withReading(raw, reading)
  const { splits, given } = prepared
  const { task } = reading
  const recipes = task.isClasses ? preset.recipes.classes : preset.recipes.numbers
  const made = splitsOf(prepared, signal)
  const { bags, epochs, isComplete } = await trainPortfolio({
    ...{ inputs: prepared.inputs, task, seed, splits: made, recipes, signal, onProgress, deadline, isStopped },
    journal: await journalOf(raw, reading, settings, name, seed),
    concurrency: Math.min(
      settings.concurrency ?? native().info().cores,
      made.length * (preset.choice === 'greedy' ? recipes.length : 1),
    ),
  })
  const heldOut = given ? [given.truth] : splits.map(({ validation }) => takeRows(reading.truth, validation))
  const chosen = await runBreathing(chooseEnsemble(bags, heldOut, task, preset.choice, deadline), signal)
  const { ensemble, outputs, truth, trained } = chosen
  const hasEpoch = trained.every(({ bestEpoch }) => bestEpoch !== undefined)
  const { targets, labels, score: own } = await runBreathing(reading.finish(outputs, truth), signal)
  const score = hasEpoch ? (own ?? task.score(outputs, truth)) : Number.NaN
  const record: FitRecord = {
    ...{ preset: name, metric: settings.metric, rows: prepared.training.length, validationRows: outputs.rows },
    ...{ networks: trained.length, recipes: chosen.recipes, epochs },
    bestEpoch: trained.length === 1 ? (trained[0]!.bestEpoch ?? null) : null,
    score: Number.isNaN(score) ? null : score,
    stopReason: isStopped() ? 'stopTraining' : isComplete ? 'completed' : 'timeLimit',
    seconds: (performance.now() - begin) / 1000,
    ...(choice && { target: choice }),
    ...(labels && { labels }),
  }
  const { schema, plan, encoder, data, training } = prepared
  const background = backgroundOf(data, plan.width, training)
  const mayReplace = hasEpoch && (prepared.isWhole || training.length >= leastRows)
  return { learned: { schema, plan, encoder, ensemble, background, targets, record }, mayReplace }
}

/** The rows of each split, which are copied when a network is trained with them. */
function splitsOf(
  { data, plan, reading, rows, splits, given }: PreparedRows<unknown>,
  signal: AbortSignal | undefined,
): Split[] {
  const encoded = async (numbers: Uint32Array): Promise<EncodedRows> => ({
    x: await runBreathing(matrixOf(data, plan.width, numbers), signal),
    y: takeRows(reading.y, numbers),
  })
  if (given) {
    const all = { x: new Matrix(data, rows, plan.width), y: reading.y }
    const taken = async (most = rows) => (most < rows ? encoded(inSteps(rows, most)) : all)
    return [{ rows, heldOut: given.x.rows, training: taken, validation: () => given }]
  }
  // Networks of one split are trained at once: they read the same copy.
  const shared = splits.length > 1 ? encoded : onceEach(encoded)
  return splits.map(({ training, validation }) => ({
    ...{ rows: training.length, heldOut: validation.length },
    training: (most = training.length) =>
      most < training.length ? encoded(inSteps(training.length, most).map((k) => training[k]!)) : shared(training),
    validation: () => shared(validation),
  }))
}

/** The function, which keeps its results. */
function onceEach<A extends object, R>(make: (from: A) => R): (from: A) => R {
  const made = new Map<A, R>()
  return (from) => {
    if (!made.has(from)) made.set(from, make(from))
    return made.get(from)!
  }
}

/** Rows whose target has another form. */
function withReading<T>(prepared: PreparedRows<T>, reading: Reading<T>): PreparedRows<T> {
  const { given } = prepared
  if (reading === prepared.reading || !given) return { ...prepared, reading }
  return { ...prepared, reading, given: { ...given, ...reading.readKnown(given.target) } }
}

/** The file of the option `resume`. The clock may decide the form of the target: networks of another one are not read. */
async function journalOf(
  { schema, data, reading, given, inputs }: PreparedRows<unknown>,
  { form }: Reading<unknown>,
  { resume, metric, signal }: FitSettings<string>,
  preset: PresetName,
  seed: number,
): Promise<TabularJournal | undefined> {
  if (resume === undefined) return undefined
  // Recipes are of this version of the package, and bins are too.
  const recipes = presets[preset].recipes[reading.task.isClasses ? 'classes' : 'numbers']
  const subject = { preset, recipes, seed, metric, columns: schema.columns }
  const edges = inputs.edges.flatMap(({ rows, different }) => [rows, different]).map((own) => Float64Array.from(own))
  const arrays = [data, reading.y, ...(given ? [given.x.data, given.y] : []), ...edges]
  const fingerprint = await runBreathing(fingerprintOf(subject, arrays), signal)
  return new TabularJournal(resume, fingerprint, form === undefined || form === 'standard' ? '' : `${form}/`)
}
