import type { CompileOptions } from '../../spec/compile.js'
import { isObject, type JsonObject, type JsonReader } from '../read/json.js'
import { uncompiled } from './config.js'
import { readKerasOptimizer } from './optimizer.js'

const losses: Readonly<Record<string, string>> = {
  ...{ mean_squared_error: 'meanSquaredError', mse: 'meanSquaredError', MSE: 'meanSquaredError' },
  ...{ mean_absolute_error: 'meanAbsoluteError', mae: 'meanAbsoluteError', MAE: 'meanAbsoluteError' },
  ...{ huber: 'huber', huber_loss: 'huber', log_cosh: 'logCosh', logcosh: 'logCosh', poisson: 'poisson' },
  binary_crossentropy: 'binaryCrossentropy',
  categorical_crossentropy: 'categoricalCrossentropy',
  sparse_categorical_crossentropy: 'sparseCategoricalCrossentropy',
  ...{ hinge: 'hinge', squared_hinge: 'squaredHinge' },
  ...{ kl_divergence: 'kullbackLeibler', kullback_leibler_divergence: 'kullbackLeibler' },
}

/** Metrics that both libraries have; others of a file are left out. */
const metrics: Readonly<Record<string, NonNullable<CompileOptions['metrics']>[number]>> = {
  ...{ accuracy: 'accuracy', acc: 'accuracy', binary_accuracy: 'binaryAccuracy' },
  categorical_accuracy: 'categoricalAccuracy',
  sparse_categorical_accuracy: 'sparseCategoricalAccuracy',
  ...{ mse: 'meanSquaredError', mean_squared_error: 'meanSquaredError' },
  ...{ mae: 'meanAbsoluteError', mean_absolute_error: 'meanAbsoluteError' },
  root_mean_squared_error: 'rootMeanSquaredError',
}

/**
 * What a Keras model was compiled with.
 * @param config its loss, metrics and optimizer.
 * @throws FormatError that names a loss or an optimizer which this package has not.
 */
export function readKerasCompile(config: JsonObject, json: JsonReader): CompileOptions {
  const optimizer = readKerasOptimizer(config.optimizer ?? config.optimizer_config, json)
  return { optimizer, loss: lossOf(config.loss, json) as CompileOptions['loss'], metrics: metricsOf(config.metrics) }
}

function lossOf(value: unknown, json: JsonReader): object {
  if (typeof value === 'string') return { name: lossName(snake(value), json) }
  const { class_name: className, config } = json.object(value, 'the loss')
  if (typeof config === 'string') return { name: lossName(config, json) }
  const own = json.object(config, 'the config of the loss')
  const reduction = own.reduction ?? 'sum_over_batch_size'
  if (!['sum_over_batch_size', 'auto', 'mean'].includes(String(reduction))) {
    throw uncompiled(json, `the reduction ${JSON.stringify(reduction)} of its loss`)
  }
  if ((own.ignore_class ?? null) !== null) throw uncompiled(json, 'ignore_class of its loss')
  const name = lossName(snake(json.text(own.name ?? className, 'the name of the loss')), json)
  const hasLogits = name.endsWith('rossentropy')
  return {
    name,
    ...(hasLogits && own.from_logits !== undefined && { fromLogits: own.from_logits }),
    ...(hasLogits && own.label_smoothing !== undefined && { labelSmoothing: own.label_smoothing }),
    ...(name === 'huber' && own.delta !== undefined && { delta: own.delta }),
  }
}

function lossName(name: string, json: JsonReader): string {
  if (Object.hasOwn(losses, name)) return losses[name]!
  throw uncompiled(json, `its loss ${JSON.stringify(name)}`)
}

/** Names in any nesting. */
function metricsOf(value: unknown): NonNullable<CompileOptions['metrics']> {
  const found = new Set<NonNullable<CompileOptions['metrics']>[number]>()
  const visit = (entry: unknown, depth: number): void => {
    if (depth > 8) return
    if (typeof entry === 'string' && Object.hasOwn(metrics, entry)) found.add(metrics[entry]!)
    else if (Array.isArray(entry)) for (const one of entry) visit(one, depth + 1)
    else if (isObject(entry)) visit((entry.config as JsonObject | undefined)?.name, depth + 1)
  }
  visit(value, 0)
  return [...found]
}

/** SparseCategoricalCrossentropy as sparse_categorical_crossentropy. */
function snake(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
}
