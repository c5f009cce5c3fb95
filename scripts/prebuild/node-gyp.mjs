#!/usr/bin/env node
// What prebuildify takes for node-gyp: it calls cmake-js for the one target that addon.mjs describes in the environment.
// prebuildify's own arguments (a Node version and where its headers lie) mean nothing here: a Node-API addon needs neither.
import { spawnSync } from 'node:child_process'

const args = JSON.parse(process.env.PERCEPTRA_CMAKE_JS ?? '[]')
if (args.length === 0) {
  console.error('node-gyp.mjs is called by scripts/prebuild.mjs alone')
  process.exit(2)
}
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1)
