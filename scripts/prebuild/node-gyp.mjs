#!/usr/bin/env node
// prebuildify runs this instead of node-gyp: it calls cmake-js for the target that addon.mjs describes in the environment.
// prebuildify's arguments (a Node version and its headers) are ignored: a Node-API addon needs neither.
import { spawnSync } from 'node:child_process'

const args = JSON.parse(process.env.PERCEPTRA_CMAKE_JS ?? '[]')
if (args.length === 0) {
  console.error('node-gyp.mjs is called by scripts/prebuild.mjs alone')
  process.exit(2)
}
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1)
