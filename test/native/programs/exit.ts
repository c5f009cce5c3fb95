// Calls process.exit(0) during a fit on all cores: exit.ts large|small <milliseconds until then>
import { writeSync } from 'node:fs'
import { large, makeData, makeModel, small } from './model.js'

const sizes = process.argv[2] === 'large' ? large : small
void makeModel(sizes).fit(...makeData(1024, sizes), { epochs: 1e9, batchSize: sizes === large ? 512 : 32 })
setTimeout(() => {
  writeSync(1, String(performance.timeOrigin + performance.now()))
  process.exit(0)
}, Number(process.argv[3]))
