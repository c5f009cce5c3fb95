import { activation, columns, dense, dropout, memberDense, memberScale, scale } from '../factories/layers.js'
import { Sequential } from '../sequential.js'
import type { LayerSpec } from '../spec/layer-spec.js'
import { embeddingOf, realParts } from './embeddings.js'
import type { Inputs } from './inputs.js'
import { type DenseRecipe, type MembersRecipe, type RealRecipe, type Recipe, rateOf } from './recipes.js'
import type { Task } from './task.js'

/** A network of a recipe, compiled for so many steps. `startFromData` of one of the kind `real` is left to the caller. */
export function makeNetwork(recipe: Recipe, inputs: Inputs, task: Task, seed: number, steps: number): Sequential {
  const layers = layersOf(recipe, inputs, task)
  const network = new Sequential({ layers, seed, ...(recipe.kind === 'members' && { members: recipe.members }) })
  compileNetwork(network, recipe, task, steps, recipe.kind === 'members' ? 'auto' : 'float32')
  return network
}

/** Compiles a network for so many steps of its recipe; the weights stay. */
export function compileNetwork(
  network: Sequential,
  recipe: Recipe,
  task: Task,
  steps: number,
  precision: 'auto' | 'float32',
): void {
  const initial = rateOf(recipe, task)
  const common = { epsilon: 1e-8, beta1: 0.9 }
  const flat = { name: 'flatCosine' as const, initial: 1, steps }
  const { loss } = task
  network.compile({
    optimizer:
      recipe.kind === 'members'
        ? {
            ...{ name: 'adamw', ...common, weightDecay: recipe.weightDecay, globalClipNorm: 1 },
            learningRate: { name: 'cosine', initial, steps },
          }
        : {
            ...{
              name: 'adam',
              ...common,
              beta2: 0.95,
              ...(recipe.kind === 'real' && { weightDecay: recipe.weightDecay }),
            },
            learningRate: { name: 'coslog4', initial, steps },
          },
    loss: loss.name === 'sparseCategoricalCrossentropy' ? { ...loss, labelSmoothing: smoothingOf(recipe, task) } : loss,
    metrics: task.metrics,
    ...(recipe.kind === 'real' && {
      ...(recipe.dropout > 0 && { dropoutSchedule: flat }),
      ...(recipe.weightDecay > 0 && { weightDecaySchedule: flat }),
    }),
    precision,
  })
}

function smoothingOf({ labelSmoothing }: Recipe, { smoothes }: Task): number {
  return smoothes ? labelSmoothing : 0
}

function layersOf(recipe: Recipe, inputs: Inputs, task: Task): LayerSpec[] {
  if (recipe.kind === 'dense') return denseLayers(recipe, inputs, task)
  return recipe.kind === 'real' ? realLayers(recipe, inputs, task) : memberLayers(recipe, inputs, task)
}

/** Rates are those of products over sqrt(fan in), so the weights' rate is divided by that. */
function denseLayers({ hidden, dropout: rate }: DenseRecipe, { width }: Inputs, task: Task): LayerSpec[] {
  const layers: LayerSpec[] = []
  let fanIn = width
  for (const [i, units] of hidden.entries()) {
    const root = Math.sqrt(fanIn)
    layers.push(
      dense({
        ...{ units, activation: 'relu', learningRateFactor: 1 / root },
        kernelInitializer: { name: 'randomNormal', mean: 0, stddev: 1 / root },
        ...(i === 0 && { inputShape: [width] as const }),
      }),
    )
    if (rate > 0) layers.push(dropout({ rate }))
    fanIn = units
  }
  const learningRateFactor = 1 / Math.sqrt(fanIn)
  layers.push(dense({ ...outputOf(task), kernelInitializer: 'zeros', learningRateFactor }))
  return layers
}

/**
 * RealMLP-TD. pytabkit multiplies the decay of a tensor by the factor of its rate twice, and its recipe was tuned so; the
 * factors of decay here are that second one.
 */
function realLayers(recipe: RealRecipe, inputs: Inputs, task: Task): LayerSpec[] {
  const { hidden, dropout: rate, sigma } = recipe
  const slow = { learningRateFactor: 0.1, weightDecayFactor: 0.1 }
  const layers: LayerSpec[] = [
    columns({ inputShape: [inputs.width], parts: realParts(inputs, sigma, slow) }),
    scale({ learningRateFactor: 6, weightDecayFactor: 6 }),
  ]
  const form = {
    parametrization: 'ntk' as const,
    kernelInitializer: { name: 'randomNormal' as const, mean: 0, stddev: 1 },
    ...{ learningRateFactor: { bias: 0.1 }, weightDecayFactor: { bias: 0 } },
  }
  for (const units of hidden) {
    layers.push(dense({ units, ...form }))
    const name = task.isClasses ? recipe.activation.classes : recipe.activation.numbers
    layers.push(activation({ activation: name, parametric: true, ...slow }))
    if (rate > 0) layers.push(dropout({ rate }))
  }
  layers.push(dense({ ...outputOf(task), ...form }))
  return layers
}

function memberLayers(recipe: MembersRecipe, inputs: Inputs, task: Task): LayerSpec[] {
  const { hidden, dropout: rate } = recipe
  const { parts, chunks } = embeddingOf(recipe, inputs)
  const layers: LayerSpec[] = [
    columns({ inputShape: [inputs.width], parts }),
    memberScale({ chunks, scaleInitializer: { name: 'randomNormal', mean: 0, stddev: 1 } }),
  ]
  let fanIn = chunks.reduce((sum, length) => sum + length, 0)
  const form = () => {
    const start = { name: 'randomUniform' as const, min: -1 / Math.sqrt(fanIn), max: 1 / Math.sqrt(fanIn) }
    return { kernelInitializer: start, biasInitializer: start, weightDecayFactor: { bias: 0 } }
  }
  for (const units of hidden) {
    layers.push(dense({ units, activation: 'relu', ...form() }))
    if (rate > 0) layers.push(dropout({ rate }))
    fanIn = units
  }
  layers.push(memberDense({ ...outputOf(task), ...form() }))
  return layers
}

function outputOf({ outputs, activation }: Task) {
  return { units: outputs, activation, name: 'output' }
}
