/**
 * Reports of models as one HTML page, and the page of a run of training.
 *
 * @module perceptra/report
 */

export type { LocalServerOptions } from '../base/local-server.js'
export { type LiveReport, type LiveReportOptions, serveReport } from './live/live-report.js'
export type { HistoryLike, ReportOptions, ReportProgress } from './options.js'
export type { ReportableModel } from './read/subject.js'
export { report } from './report.js'
