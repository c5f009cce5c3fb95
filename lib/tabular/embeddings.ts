import type { ColumnPartOptions } from '../factories/layers.js'
import { edgesOfBins, type Inputs, type PlaceEdges } from './inputs.js'
import type { MembersRecipe } from './recipes.js'

/** Numbers to embed with full width; more of them share a budget. */
const fullWidthNumbers = 100
/** Bins of spiky columns in networks whose other embeddings are periodic, and the length of their vectors. */
const spikyBins = 48
const spikyWidth = 12

/** The first layer of a network with members, and how many of its outputs belong to each column. */
export function embeddingOf(
  { embedding }: Pick<MembersRecipe, 'embedding'>,
  inputs: Inputs,
): { parts: ColumnPartOptions[]; chunks: number[] } {
  const { levels, scaled, others } = inputs
  const outputDim = Math.max(
    2,
    Math.min(embedding.width, Math.floor((embedding.width * fullWidthNumbers) / levels.length)),
  )
  const passed: number[] = []
  const parts: ColumnPartOptions[] = []
  const chunks: number[] = []
  const add = (part: ColumnPartOptions & { outputDim: number }) => {
    if (part.columns.length === 0) return
    parts.push(part)
    chunks.push(...Array<number>(part.columns.length).fill(part.outputDim))
  }
  if ('bins' in embedding) {
    const { own, lists } = piecewise(inputs, levels.keys(), embedding.bins)
    passed.push(...levels.filter((_, k) => !own.includes(k)))
    add({ type: 'piecewiseLinearEmbedding', columns: own.map((k) => levels[k]!), edges: lists, outputDim })
  } else {
    const { smooth, spiky } = dividedBySpikes(inputs)
    const { own, lists } = piecewise(inputs, spiky, spikyBins)
    add({ type: 'piecewiseLinearEmbedding', columns: own.map((k) => levels[k]!), edges: lists, outputDim })
    const form = { form: 'plrLite' as const, frequencies: 24, sigma: embedding.sigma, outputDim }
    add({ type: 'periodicEmbedding', columns: smooth.map((k) => scaled[k]!), ...form })
    passed.push(...scaled)
  }
  passed.push(...others)
  if (passed.length > 0) parts.push({ type: 'passthrough', columns: passed })
  return { parts, chunks: [...chunks, ...Array<number>(passed.length).fill(1)] }
}

/** The first layer of RealMLP: numbers, each with a periodic embedding, and all else; spiky numbers have bins. */
export function realParts(inputs: Inputs, sigma: number, rates: object): ColumnPartOptions[] {
  const { scaled, levels, others } = inputs
  const { smooth, spiky } = dividedBySpikes(inputs)
  const { own, lists } = piecewise(inputs, spiky, spikyBins)
  const passed = [...spiky.map((k) => scaled[k]!), ...others]
  const parts: ColumnPartOptions[] = [
    { type: 'periodicEmbedding', columns: smooth.map((k) => scaled[k]!), sigma, ...rates },
    ...[
      {
        type: 'piecewiseLinearEmbedding' as const,
        columns: own.map((k) => levels[k]!),
        edges: lists,
        outputDim: spikyWidth,
        ...rates,
      },
    ],
    { type: 'passthrough', columns: passed },
  ]
  return parts.filter(({ columns }) => columns.length > 0)
}

/** Those of some numbers that have bins, and the edges of these. */
function piecewise({ edges }: Inputs, numbers: Iterable<number>, bins: number) {
  const all = [...numbers].map((k) => [k, edgesOfBins(edges[k]!, bins)] as const).filter(([, list]) => list.length > 1)
  return { own: all.map(([k]) => k), lists: all.map(([, list]) => list) }
}

/**
 * Numbers of which most rows share a few values, such as amounts that are mostly 0: waves along the scaled number do not tell their
 * other values apart, bins do.
 */
function dividedBySpikes({ edges }: Inputs): { smooth: number[]; spiky: number[] } {
  const [smooth, spiky]: [number[], number[]] = [[], []]
  for (const [k, own] of edges.entries()) (isSpiky(own) ? spiky : smooth).push(k)
  return { smooth, spiky }
}

function isSpiky({ rows, different }: PlaceEdges): boolean {
  return new Set(different).size > 2 * new Set(rows).size
}
