import { checkInteger } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** What the variables of a launcher say of this process: those of torchrun, and the store of ours. */
export interface Launched {
  readonly rank: number | undefined
  readonly size: number | undefined
  readonly master: { readonly host: string; readonly port: number } | undefined
  /** Whether torchrun has a store of its own at the master's port. */
  readonly isMasterTaken: boolean
  /** A URL. */
  readonly store: string | undefined
  readonly secret: string | undefined
  /** Of the run; another one in each round of a launcher that starts ranks again. */
  readonly id: string
  /** The network interface whose address other ranks use. */
  readonly networkInterface: string | undefined
}

/** @throws ArgumentError for a variable that does not hold what it should. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Launched {
  const { MASTER_ADDR: host, PERCEPTRA_STORE: store, PERCEPTRA_SECRET: secret, GLOO_SOCKET_IFNAME } = env
  const port = integerOf(env, 'MASTER_PORT', 65535)
  const round = env.PERCEPTRA_ROUND ?? env.TORCHELASTIC_RESTART_COUNT ?? '0'
  return {
    rank: integerOf(env, 'RANK'),
    size: integerOf(env, 'WORLD_SIZE'),
    master: host === undefined || host === '' || port === undefined ? undefined : { host, port },
    isMasterTaken: env.TORCHELASTIC_USE_AGENT_STORE === 'True',
    store: store === '' ? undefined : store,
    secret: secret === '' ? undefined : secret,
    id: `${env.TORCHELASTIC_RUN_ID ?? 'run'}/${round}`,
    networkInterface: GLOO_SOCKET_IFNAME?.split(',')[0],
  }
}

function integerOf(env: NodeJS.ProcessEnv, name: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  if (!/^\d+$/.test(text))
    throw new ArgumentError(`Expected a whole number in the variable ${name}, but got "${text}".`)
  return checkInteger(Number(text), name, { min: 0, max })
}
