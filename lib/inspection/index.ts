export type { GridOptions, GridValues } from './grid.js'
export type { InspectionOptions, InspectionProgress, InspectionStopReason } from './inspected.js'
export { type IntegratedGradientsOptions, integratedGradients } from './integrated-gradients.js'
export {
  type PartialDependence,
  type PartialDependenceOptions,
  partialDependence,
  type Response,
  type ResponseOptions,
  type ResponseValues,
} from './partial-dependence.js'
export {
  type Importances,
  type PermutationImportanceOptions,
  permutationImportance,
  type Scoring,
  type ScoringOptions,
} from './permutation-importance.js'
export type { InspectedLike, RowsOf } from './rows.js'
