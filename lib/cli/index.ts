export { main } from './main.js'
export type { Outside } from './program.js'
