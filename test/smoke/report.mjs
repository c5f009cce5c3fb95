import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { layers, Sequential } from 'perceptra'
import * as reports from 'perceptra/report'

const require = createRequire(import.meta.url)

export const checks = {
  'perceptra/report writes a page with the version of the package, by import and by require': async () => {
    assert.equal(require('perceptra/report').report, reports.report)
    const net = new Sequential({
      layers: [layers.dense({ units: 2, activation: 'softmax', inputShape: [1] })],
      seed: 1,
    })
    const page = await reports.report(net, { x: [[0], [1], [2]], y: [0, 1, 1], inspect: false })
    const { version } = require('perceptra/package.json')
    assert.ok(page.startsWith('<!doctype html>') && page.includes(`<dt>perceptra</dt><dd>${version}</dd>`))
  },
}
