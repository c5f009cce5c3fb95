import { runBreathing } from '../base/breathing.js'
import type { Matrix } from '../base/matrix.js'
import { binsWithin } from './bins-within.js'
import { tag } from './cell-column.js'
import { type DistillSettings, trainStudent } from './distill.js'
import { Encoder } from './encoder.js'
import { Ensemble } from './ensemble.js'
import { backgroundOf } from './explain.js'
import { heldOutOf, matrixOf, readKnownRows, rowsOf } from './known-rows.js'
import { encodeAll, learnPlan } from './learn-plan.js'
import type { TabularLearned } from './learned.js'
import { presets } from './presets.js'

/** What distilling leaves, but for the target. */
export interface Distilled {
  readonly learned: Omit<TabularLearned<never>, 'targets'>
  /** The number of rows that were trained with. */
  readonly rows: number
  /** Outputs for the held-out rows. */
  readonly outputs: Matrix
  readonly teacherOutputs: Matrix
  /** The held-out rows, and whether all have the target. */
  readonly heldOut: () => Iterable<object>
  readonly hasTarget: boolean
}

/**
 * Trains one small network to give the outputs of an ensemble for these rows, of which a fifth is held out. Rows are prepared as
 * `fast` prepares them, with what these rows hold.
 * @throws ArgumentError with row and column for a row that does not fit the schema, or fewer than ten rows; the signal's reason.
 */
export async function distillTable(
  given: unknown,
  { schema, plan: readPlan, ensemble: teacher, record }: TabularLearned<unknown>,
  seed: number,
  isClasses: boolean,
  settings: DistillSettings,
): Promise<Distilled> {
  const { signal } = settings
  const cells = await readKnownRows(given, schema, signal)
  const { training, validation } = await runBreathing(heldOutOf(cells.rows, seed), signal)
  const places = { bins: binsWithin(schema, cells.rows, presets.fast.bins), hasLevels: false }
  const plan = await runBreathing(learnPlan(cells, schema, training, places), signal)
  const data = await runBreathing(encodeAll(cells, schema, plan), signal)
  const read = await runBreathing(encodeAll(cells, schema, readPlan), signal)
  const teach = async (numbers: Uint32Array) =>
    teacher.predict(await runBreathing(matrixOf(read, readPlan.width, numbers), signal), { signal })
  const x = await runBreathing(matrixOf(data, plan.width, training), signal)
  const xv = await runBreathing(matrixOf(data, plan.width, validation), signal)
  const [y, yv] = [await teach(training), await teach(validation)]
  const network = await trainStudent([x, y], [xv, yv], isClasses, seed, settings)
  const ensemble = new Ensemble([{ network, weight: 1 }])
  try {
    const outputs = await ensemble.predict(xv, { signal })
    const { tags } = cells.columns.get(schema.target!)!
    return {
      learned: {
        ...{ schema, plan, encoder: new Encoder(plan, schema), ensemble },
        ...{ background: backgroundOf(data, plan.width, training), record: { ...record, networks: 1, recipes: 1 } },
      },
      ...{ rows: training.length, outputs, teacherOutputs: yv },
      heldOut: () => rowsOf(cells, validation),
      hasTarget: validation.every((row) => tags[row] !== tag.missing),
    }
  } catch (error) {
    ensemble.dispose()
    throw error
  }
}
