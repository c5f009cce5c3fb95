export { servePlayground } from './server.js'
