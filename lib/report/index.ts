export type { HistoryLike, ReportOptions, ReportProgress } from './options.js'
export type { ReportableModel } from './read/subject.js'
export { report } from './report.js'
