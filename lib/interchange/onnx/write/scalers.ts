import type { MinMaxScaler, RobustScaler, StandardScaler } from '../../../preprocessing/index.js'
import { binary } from './arithmetic.js'
import type { Graph } from './graph.js'

/** The limit of RobustScaler's smoothClip. */
const bound = 3

/** Writes (x - mean) / scale, in float64. */
export function writeStandard(graph: Graph, scaler: StandardScaler, x: string): string {
  const { withMean, withStd } = scaler.getParams()
  const centered = withMean ? binary(graph, 'Sub', x, scaler.mean!) : x
  return withStd ? binary(graph, 'Div', centered, scaler.scale!) : centered
}

export function writeStandardInverse(graph: Graph, scaler: StandardScaler, x: string): string {
  const { withMean, withStd } = scaler.getParams()
  const wide = withStd ? binary(graph, 'Mul', x, scaler.scale!) : x
  return withMean ? binary(graph, 'Add', wide, scaler.mean!) : wide
}

/** Writes x scale + min, clipped to the range if the scaler clips. */
export function writeMinMax(graph: Graph, scaler: MinMaxScaler, x: string): string {
  const { clip, featureRange } = scaler.getParams()
  const scaled = binary(graph, 'Add', binary(graph, 'Mul', x, scaler.scale), scaler.min)
  return clip ? keepNaN(graph, scaled, clamp(graph, scaled, featureRange)) : scaled
}

export function writeMinMaxInverse(graph: Graph, scaler: MinMaxScaler, x: string): string {
  return binary(graph, 'Div', binary(graph, 'Sub', x, scaler.min), scaler.scale)
}

/** Writes (x - center) / scale, bent to within -3 and 3 if the scaler does so. */
export function writeRobust(graph: Graph, scaler: RobustScaler, x: string): string {
  const { center, scale } = scaler
  const centered = center ? binary(graph, 'Sub', x, center) : x
  const z = scale ? binary(graph, 'Div', centered, scale) : centered
  if (!scaler.getParams().smoothClip) return z
  const share = binary(graph, 'Div', z, bound)
  const length = graph.node('Sqrt', [binary(graph, 'Add', graph.node('Mul', [share, share]), 1)])
  return graph.node('Div', [z, length])
}

export function writeRobustInverse(graph: Graph, scaler: RobustScaler, x: string): string {
  const { center, scale } = scaler
  const wide = scale ? binary(graph, 'Mul', x, scale) : x
  return center ? binary(graph, 'Add', wide, center) : wide
}

/** Limits numbers to [low, high]. */
function clamp(graph: Graph, x: string, [low, high]: readonly [number, number]): string {
  const limits = [low, high].map((limit) => graph.constant(Float64Array.of(limit), []))
  return graph.node('Clip', [x, ...limits])
}

/** Runtimes differ in what Clip makes of NaN: here it stays. */
export function keepNaN(graph: Graph, x: string, result: string): string {
  return graph.node('Where', [graph.node('IsNaN', [x]), x, result])
}
