import type { History } from '../../base/history.js'
import { takesThreads } from '../../learning/threads.js'
import type { Sequential } from '../../sequential.js'
import type { Estimator } from '../estimator.js'
import { inside, type NetworkInside } from '../inside.js'
import type { NetworkLearned } from './learned.js'

/** The properties of NetworkClassifier and NetworkRegressor that show the network. They throw ERR_NOT_FITTED before fit. */
export interface WithNetwork {
  /** The network inside, to look into: the next fit makes another one. */
  readonly network: Sequential
  /** The logs of the last fit, epoch by epoch. */
  readonly history: History
  /** @internal */
  [inside](): NetworkInside
}

// TypeScript requires any[] of the constructor of a mixin's base.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyEstimator = abstract new (...args: any[]) => Estimator<any, any>

/** Adds these properties to a classifier or regressor that learns `NetworkLearned`. */
export function withNetwork<B extends AnyEstimator>(
  Base: B,
  // biome-ignore lint/suspicious/noExplicitAny: see above
): B & (abstract new (...args: any[]) => WithNetwork) {
  abstract class Inner extends Base implements WithNetwork {
    get [takesThreads](): boolean {
      return true
    }

    get network(): Sequential {
      return this.#learned('read the network').network
    }

    get history(): History {
      return this.#learned('read the history').history
    }

    [inside](): NetworkInside {
      const { network, kind, multilabel = false } = this.#learned('export the network')
      return { spec: network.toJSON(), weights: network.getWeights(), kind, multilabel }
    }

    #learned(action: string): NetworkLearned & { readonly multilabel?: boolean } {
      return this.learned(action) as NetworkLearned
    }
  }
  return Inner
}
