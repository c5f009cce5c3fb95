// A rank of a group that trains an estimator as its argument says, and prints what it has learned.
import { join } from '../../../lib/distributed/index.js'
import { type EstimatorPlan, fitOn } from './estimator-model.js'

const plan: EstimatorPlan = JSON.parse(process.argv[2]!)
const group = await join({ timeout: 60 })
const result = await fitOn({ ...plan, ...plan.only?.[group.rank] }, group)
process.stdout.write(JSON.stringify(result))
await group.close()
