import { checkNumber, checkOneOf, checkString, optionKeys } from '../base/check.js'
import { readState, restoreCount } from '../learning/restore.js'
import type { Distillation } from './distill.js'
import type { FitRecord, LabelChoice, TargetChoice } from './learned.js'
import { type PresetName, presets } from './presets.js'
import { type TargetForm, targetForms } from './target-form.js'

const recordKeys = optionKeys<Omit<FitRecord, 'target' | 'labels'>>({
  ...{ preset: true, metric: true, rows: true, validationRows: true, epochs: true, bestEpoch: true, score: true },
  ...{ stopReason: true, seconds: true, networks: true, recipes: true },
})

/**
 * How training went, from a file.
 * @throws FormatError, ArgumentError.
 */
export function restoreRecord(json: unknown): FitRecord {
  // The first files had one network, and did not say so.
  const { target, labels, ...rest } = Object(json) as Record<string, unknown>
  const record = readState({ networks: 1, recipes: 1, ...rest }, recordKeys, 'record')
  return {
    preset: checkOneOf(record.preset, 'preset', Object.keys(presets) as PresetName[]),
    metric: checkString(record.metric, 'metric'),
    rows: restoreCount(record.rows, 'rows'),
    validationRows: restoreCount(record.validationRows, 'validationRows'),
    networks: restoreCount(record.networks, 'networks'),
    recipes: restoreCount(record.recipes, 'recipes'),
    epochs: restoreCount(record.epochs, 'epochs'),
    bestEpoch: record.bestEpoch === null ? null : restoreCount(record.bestEpoch, 'bestEpoch'),
    score: record.score === null ? null : checkNumber(record.score, 'score'),
    stopReason: checkOneOf(record.stopReason, 'stopReason', ['completed', 'timeLimit', 'stopTraining'] as const),
    seconds: checkNumber(record.seconds, 'seconds', { min: 0 }),
    ...(target !== undefined && { target: restoreChoice(target) }),
    ...(labels !== undefined && { labels: restoreLabels(labels) }),
  }
}

function restoreChoice(json: unknown): TargetChoice {
  const { form, scores } = readState(json, ['form', 'scores'], 'target')
  const entries = targetForms.flatMap((name): [TargetForm, number][] => {
    const score = (Object(scores) as Record<string, unknown>)[name]
    return score === undefined ? [] : [[name, checkNumber(score, name)]]
  })
  return { form: checkOneOf(form, 'form', targetForms), scores: Object.fromEntries(entries) }
}

function restoreLabels(json: unknown): LabelChoice {
  const { factors, plain, crossed } = readState(
    { factors: null, ...Object(json) },
    ['factors', 'plain', 'crossed'],
    'labels',
  )
  const named = Object.entries(Object(factors ?? {}) as Record<string, unknown>).map(
    ([name, factor]) => [name, checkNumber(factor, 'a factor', { above: 0 })] as const,
  )
  return {
    factors: factors === null ? undefined : Object.fromEntries(named),
    plain: checkNumber(plain, 'plain'),
    crossed: crossed === null ? null : checkNumber(crossed, 'crossed'),
  }
}

/** How near a distilled model is, from a file; throws as restoreRecord does. */
export function restoreDistillation(json: unknown): Distillation {
  const record = readState(json, distillationKeys, 'distillation')
  const score = (key: 'teacher' | 'student') => (record[key] === null ? null : checkNumber(record[key], key))
  return {
    rows: restoreCount(record.rows, 'rows'),
    validationRows: restoreCount(record.validationRows, 'validationRows'),
    difference: checkNumber(record.difference, 'difference', { min: 0 }),
    teacher: score('teacher'),
    student: score('student'),
    seconds: checkNumber(record.seconds, 'seconds', { min: 0 }),
  }
}

const distillationKeys = optionKeys<Distillation>({
  ...{ rows: true, validationRows: true, difference: true, teacher: true, student: true, seconds: true },
})
