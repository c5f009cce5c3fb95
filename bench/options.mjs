import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nets } from './cases.mjs'
import { peerNames } from './peers/index.mjs'

const results = fileURLToPath(new URL('results/', import.meta.url))

/** `name` is that of the file of results, when nothing was left out. */
export function readOptions(args, name = 'latest') {
  const { values } = parseArgs({
    args,
    options: {
      nets: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      python: { type: 'string' },
      scaling: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const { quick } = values
  const isWhole = !quick && [values.nets, values.peers, values.rounds].every((value) => value === undefined)
  return {
    nets: pick(
      'nets',
      values.nets,
      nets.map(({ name }) => name),
    ),
    peers: pick('peers', values.peers, peerNames),
    rounds: readRounds(values.rounds ?? (quick ? '2' : '7')),
    boxMs: quick ? 60 : 250,
    python: values.python ?? (process.env.PERCEPTRA_PYTHON || 'python3'),
    scaling: values.scaling,
    overhead: isWhole,
    /** Whether to write the README's table and the chart. */
    publish: isWhole && name === 'latest' && !values.scaling && values.json === undefined,
    quick,
    json: values.json ?? `${results}${nameOf(values.scaling ? 'scaling' : name, isWhole)}.json`,
  }
}

/** Only a complete run may provide figures for the documentation. */
function nameOf(name, isWhole) {
  if (isWhole) return name
  return name === 'latest' ? 'local' : `local-${name}`
}

function pick(option, text, known) {
  if (text === undefined) return known
  const names = text.split(',').filter(Boolean)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown) fail(`--${option} knows ${known.join(', ')}; not ${unknown}`)
  return names
}

function readRounds(text) {
  const rounds = Number(text)
  if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds takes a whole number from 1 on, not ${text}`)
  return rounds
}

function fail(message) {
  console.error(`bench: ${message}`)
  process.exit(1)
}
