import { checkInteger, checkNumber, checkOneOf, checkOptions, invalid, optionKeys } from '../base/check.js'
import type { Choice } from './messages.js'

const keys = optionKeys<Choice>({
  ...{ data: true, noise: true, units: true, activation: true, start: true, optimizer: true },
  ...{ learningRate: true, batchSize: true, epochsPerFrame: true, seed: true },
})

/** Hidden layers, and units of one, at most: what a page can show. */
const mostLayers = 10
const mostUnits = 16

/** @throws ArgumentError for anything that a page cannot choose. */
export function readChoice(value: unknown): Choice {
  checkOptions(value, 'the choice', keys)
  const choice = value as Choice
  const { units } = choice
  if (!Array.isArray(units) || units.length > mostLayers) {
    throw invalid('units', `an array of at most ${mostLayers} numbers`, units)
  }
  return {
    data: checkOneOf(choice.data, 'data', ['xor', 'moons', 'blobs', 'spirals', 'digits']),
    noise: checkNumber(choice.noise, 'noise', { min: 0, max: 1 }),
    units: units.map((count, k) => checkInteger(count, `units[${k}]`, { min: 1, max: mostUnits })),
    activation: checkOneOf(choice.activation, 'activation', ['linear', 'relu', 'tanh', 'sigmoid', 'gelu']),
    start: checkOneOf(choice.start, 'start', ['glorotUniform', 'heNormal', 'zeros', 'ones', 'randomNormal']),
    optimizer: checkOneOf(choice.optimizer, 'optimizer', ['sgd', 'momentum', 'adam']),
    learningRate: checkNumber(choice.learningRate, 'learningRate', { above: 0, max: 10 }),
    batchSize: checkInteger(choice.batchSize, 'batchSize', { min: 1, max: 1000 }),
    epochsPerFrame: checkInteger(choice.epochsPerFrame, 'epochsPerFrame', { min: 1, max: 100 }),
    seed: checkInteger(choice.seed, 'seed', { min: 0, max: 2 ** 31 }),
  }
}
