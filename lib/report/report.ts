import { runBreathing } from '../base/breathing.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import { findingsOf } from './measure/findings.js'
import { type ReportOptions, readOptions } from './options.js'
import { type ReportableModel, subjectOf } from './read/subject.js'
import { pageInSteps } from './show/page.js'

/**
 * Measures a fitted model on rows that it has not seen, and writes what was found as one HTML page, which needs nothing else: no
 * server, no network. The page has the scores; curves of training; for classes the confusion matrix, ROC and precision-recall curves with
 * a threshold to drag, and calibration; for numbers errors and intervals; scores by group; importance and dependence of columns; the rows that
 * are predicted worst; the columns and their problems; and a model card.
 * @param model a table model, an estimator, a pipeline, or a network with one output or classes.
 * @param options for a table model `rows` with the target, else `x` and `y`.
 * @returns the page; with `path` it is also written there.
 * @throws ArgumentError for rows or options that do not fit the model; MlpError ERR_NOT_FITTED; the signal's reason.
 * @example
 * const people = Array.from({ length: 200 }, (_, i) => ({ age: 20 + (i % 50), moved: i % 50 > 25 ? 'yes' : 'no' }))
 * const mover = await new TabularClassifier({ seed: 1 }).fit(people.slice(0, 150), { target: 'moved' })
 * await report(mover, { rows: people.slice(150), path: 'report.html' })
 *
 * const { train, test } = datasets.digits()
 * const history = await model.fit(train.x, train.y, { epochs: 3, validationSplit: 0.1 })
 * const page = await report(model, { x: test.x, y: test.y, history, title: 'Digits', inspect: false })
 */
export async function report(model: ReportableModel, options: ReportOptions): Promise<string> {
  const settings = readOptions(options)
  const findings = await findingsOf(subjectOf(model, settings.classes), settings)
  await settings.tell('writing')
  const page = await runBreathing(pageInSteps(findings), settings.signal)
  if (settings.path !== undefined) await writeFileAtomic(settings.path, new TextEncoder().encode(page))
  await settings.tell('writing', 1)
  return page
}
