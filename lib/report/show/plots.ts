import type { ThresholdCurve } from '../threshold-curve.js'

/** One line, or one cloud of points, of a plot. */
export interface PlotLine {
  readonly name: string
  readonly values: readonly (number | null)[]
  /** The colour, by its place in the palette; 0 by default. */
  readonly colour?: number
  readonly dashed?: boolean
  /** Points alone, or on the line. */
  readonly points?: 'alone' | 'marked'
}

/** A plot: lines over common places on the x axis. */
export interface Plot {
  /** Ascending. */
  readonly x: readonly number[]
  readonly lines: readonly PlotLine[]
  readonly xLabel: string
  readonly yLabel: string
  readonly xRange?: readonly [number, number]
  readonly yRange?: readonly [number, number]
  /** A thin line of equal x and y, or at y = 0. */
  readonly guide?: 'diagonal' | 'zero'
  /** Whether x counts something: no fractions on its axis. */
  readonly isCount?: boolean
}

/** One class of the panel of thresholds. */
export interface ThresholdData extends ThresholdCurve {
  readonly calibration?: Plot
}

/** What the page's program reads. */
export interface PageData {
  /** By the id of the element that holds the plot. */
  readonly plots: Readonly<Record<string, Plot>>
  readonly thresholds: readonly ThresholdData[]
}
