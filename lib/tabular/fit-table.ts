import { runBreathing } from '../base/breathing.js'
import { MlpError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { Stopping } from '../base/stopping.js'
import type { QueueSettings } from '../jobs/options.js'
import { native } from '../native/addon.js'
import type { Agreement } from '../training/group/agreement.js'
import { agreementOf, cannotBegin } from '../training/group/group-agreement.js'
import { chooseEnsemble } from './choose.js'
import { chooseForm } from './choose-form.js'
import { leastRows } from './epochs-within.js'
import { backgroundOf } from './explain.js'
import { fingerprintOf, TabularJournal } from './journal.js'
import { takeRows } from './known-rows.js'
import type { FitRecord, TabularLearned } from './learned.js'
import type { FitSettings, TabularProgress } from './options.js'
import { type Plans, type PortfolioRun, trainPortfolio } from './portfolio.js'
import { type PreparedRows, prepareRows } from './prepare-rows.js'
import { type PresetName, presets } from './presets.js'
import { QueuedTrainer } from './queued-networks.js'
import type { ColumnPolicy } from './read-rows.js'
import type { Reading, ReadTarget } from './reading.js'
import { type SplitData, splitsOf } from './split-data.js'

/** The share of the time that is left which greedy selection has behind training. */
const shareToChoose = 0.03

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
  const agreement = agreementOf(settings.group)
  try {
    return await fitOn(agreement, rows, settings, subject)
  } catch (error) {
    if (!agreement.isOver) await cannotBegin(agreement, error, settings.signal)
    throw error
  } finally {
    agreement.end()
  }
}

async function fitOn<T>(
  agreement: Agreement,
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
  const { schema, plan, encoder, data, training } = prepared
  const splitData: SplitData = { x: new Matrix(data, prepared.rows, plan.width), y: reading.y, splits, given }
  const made = splitsOf(splitData, signal)
  const journal = await journalOf(raw, reading, settings, name, seed)
  const isGreedy = preset.choice === 'greedy'
  const now = performance.now()
  const until = isGreedy ? now + (1 - shareToChoose) * (deadline - now) : deadline
  const plans = {
    ...{ inputs: prepared.inputs, task, seed, splits: made, recipes, core: preset.core },
    ...{ signal, onProgress, deadline: until, isStopped },
  }
  const most = made.length * (isGreedy ? recipes.length : 1)
  if (!agreement.isAlone) await compareFits(agreement, raw, reading, settings, subject)
  const run = agreement.isAlone
    ? await trainHereOrThere({ ...plans, journal }, settings, splitData, most)
    : await trainTogether({ ...plans, journal }, agreement, settings.concurrency)
  // What follows is the same on all ranks.
  agreement.end()
  const { bags, epochs, isComplete } = run
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
    stopReason: isStopped() || run.isStopped ? 'stopTraining' : isComplete ? 'completed' : 'timeLimit',
    seconds: (performance.now() - begin) / 1000,
    ...(choice && { target: choice }),
    ...(labels && { labels }),
  }
  const background = backgroundOf(data, plan.width, training)
  const mayReplace = hasEpoch && (prepared.isWhole || training.length >= leastRows)
  return { learned: { schema, plan, encoder, ensemble, background, targets, record }, mayReplace }
}

/** Trains the networks: on workers, if there is a queue. */
async function trainHereOrThere(
  plans: Omit<Plans, 'concurrency'>,
  { concurrency, queue, deadline, signal }: FitSettings<string>,
  data: SplitData,
  most: number,
): Promise<PortfolioRun & { isStopped?: boolean }> {
  if (!queue) return trainPortfolio({ ...plans, concurrency: Math.min(concurrency ?? native().info().cores, most) })
  const trainer = await openTrainer(queue, data, plans, { deadline, signal })
  try {
    // More than one: networks have one thread each.
    const slots = Math.max(2, concurrency ?? trainer.slots)
    // Without a limit all are in the queue at once, whatever workers come later.
    const atOnce = concurrency ?? (deadline === Infinity ? Infinity : slots)
    return await trainPortfolio({ ...plans, trainer, concurrency: slots, atOnce })
  } finally {
    await trainer.end()
  }
}

/**
 * Uploads the rows.
 * @throws MlpError ERR_TIME_LIMIT where Redis does not take them before the deadline; the signal's reason.
 */
async function openTrainer(
  queue: QueueSettings,
  data: SplitData,
  { inputs, task }: Pick<Plans, 'inputs' | 'task'>,
  { deadline, signal }: Pick<FitSettings<string>, 'deadline' | 'signal'>,
): Promise<QueuedTrainer> {
  const timeLimit = deadline === Infinity ? Infinity : Math.max(1, deadline - performance.now()) / 1000
  const stopping = new Stopping({ signal, timeLimit })
  try {
    return await QueuedTrainer.open(queue, data, inputs, task, stopping.signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (stopping.reason !== 'timeLimit') throw error
    throw new MlpError('The time limit ended the fit before the rows were in Redis.', 'ERR_TIME_LIMIT', {
      cause: error,
    })
  } finally {
    stopping.end()
  }
}

/** Rows whose target has another form. */
function withReading<T>(prepared: PreparedRows<T>, reading: Reading<T>): PreparedRows<T> {
  const { given } = prepared
  if (reading === prepared.reading || !given) return { ...prepared, reading }
  return { ...prepared, reading, given: { ...given, ...reading.readKnown(given.target) } }
}

async function trainTogether(
  plans: Omit<Plans, 'concurrency'>,
  agreement: Agreement,
  concurrency: number | undefined,
): Promise<PortfolioRun & { isStopped?: boolean }> {
  // Most programs have no group, and need not load it.
  const group = await import('./group-portfolio.js')
  return group.trainTogether(plans, agreement, concurrency)
}

/** Compares what decides what is learned. */
async function compareFits<T>(
  agreement: Agreement,
  prepared: PreparedRows<T>,
  reading: Reading<T>,
  { metric, signal }: FitSettings<string>,
  { preset, seed }: FitSubject<T>,
): Promise<void> {
  const rows = await fingerprint(prepared, reading, { preset, seed, metric }, signal)
  // The fingerprint is of all of them; the others are for the message.
  await agreement.compare({
    'preset of the model': preset,
    'seed of the model': seed,
    metric,
    'names of columns': prepared.schema.columns.map(({ name }) => name),
    'rows, by their hash': rows,
  })
}

function fingerprint<T>(
  { schema, data, given, inputs }: PreparedRows<T>,
  reading: Reading<T>,
  { preset, seed, metric }: { preset: PresetName; seed: number; metric: string },
  signal: AbortSignal | undefined,
): Promise<string> {
  // Recipes are of this version of the package, and bins are too.
  const recipes = presets[preset].recipes[reading.task.isClasses ? 'classes' : 'numbers']
  const subject = { preset, recipes, seed, metric, columns: schema.columns }
  const edges = inputs.edges.flatMap(({ rows, different }) => [rows, different]).map((own) => Float64Array.from(own))
  const arrays = [data, reading.y, ...(given ? [given.x.data, given.y] : []), ...edges]
  return runBreathing(fingerprintOf(subject, arrays), signal)
}

/** The file of the option `resume`. The clock may decide the form of the target: networks of another one are not read. */
async function journalOf(
  prepared: PreparedRows<unknown>,
  reading: Reading<unknown>,
  { resume, metric, signal }: FitSettings<string>,
  preset: PresetName,
  seed: number,
): Promise<TabularJournal | undefined> {
  if (resume === undefined) return undefined
  const { form } = reading
  const print = await fingerprint(prepared, reading, { preset, seed, metric }, signal)
  return new TabularJournal(resume, print, form === undefined || form === 'standard' ? '' : `${form}/`)
}
