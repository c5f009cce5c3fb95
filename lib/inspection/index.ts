export type { InspectionOptions, InspectionProgress, InspectionStopReason } from './evaluations.js'
export type { GridOptions, GridValues } from './grid.js'
export { type IntegratedGradientsOptions, integratedGradients } from './integrated-gradients.js'
export { type PartialDependence, type PartialDependenceOptions, partialDependence } from './partial-dependence.js'
export {
  type Importances,
  type PermutationImportanceOptions,
  permutationImportance,
  type Scoring,
  type ScoringOptions,
} from './permutation-importance.js'
export type { Response, ResponseOptions, ResponseValues } from './response.js'
export type { InspectedLike, RowsOf } from './rows.js'
