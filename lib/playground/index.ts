export { type Playground, type PlaygroundOptions, servePlayground } from './server.js'
