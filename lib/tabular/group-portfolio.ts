import { native } from '../native/addon.js'
import type { Agreement } from '../training/group/agreement.js'
import { GroupTrainer } from './group-networks.js'
import { LocalTrainer } from './network-trainer.js'
import { type Plans, type PortfolioRun, trainPortfolio } from './portfolio.js'

/**
 * Trains networks on all ranks of a group.
 * @param concurrency networks that are trained here at once; by default as many as there are cores for this rank.
 * @returns what all ranks get, and whether one of them ended training.
 */
export async function trainTogether(
  plans: Omit<Plans, 'concurrency'>,
  agreement: Agreement,
  concurrency = agreement.threads || native().info().cores,
): Promise<PortfolioRun & { isStopped: boolean }> {
  const { recipes, splits, inputs, task, isStopped } = plans
  const lost = new AbortController()
  const signal = plans.signal ? AbortSignal.any([plans.signal, lost.signal]) : lost.signal
  const trainer = new GroupTrainer(new LocalTrainer(splits, inputs, task), agreement, concurrency)
  // More than one: networks have one thread each. The trainer ends them, on all ranks.
  const run = trainPortfolio({ ...plans, signal, isStopped: () => false, trainer, concurrency: 2, atOnce: Infinity })
  const exchange = trainer.exchange(recipes.length * splits.length, isStopped)
  exchange.catch((error) => lost.abort(error))
  try {
    const result = await run
    await exchange
    return { ...result, isStopped: trainer.isStopped }
  } finally {
    trainer.end()
    await exchange.catch(() => {})
  }
}
