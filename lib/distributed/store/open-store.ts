import { fileURLToPath } from 'node:url'
import { invalid } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { folderStore } from './folder-store.js'
import { redisStore } from './redis-store.js'
import type { Store } from './store.js'
import { type TcpStoreOptions, tcpStore } from './tcp-store.js'

const kinds = 'tcp://host:port, file:///folder or redis://host:6379'

/**
 * Opens the store of a URL: `tcp://host:port`, `file:///folder`, `redis://host:6379`.
 * @param options for a store by TCP; `tls` is an error with the others.
 * @throws ArgumentError for another URL, and as the stores do.
 */
export async function openStore(url: string, options: Omit<TcpStoreOptions, 'host' | 'port'>): Promise<Store> {
  if (!URL.canParse(url)) throw invalid('store', kinds, url)
  const { protocol, hostname, port } = new URL(url)
  if (options.tls !== undefined && protocol !== 'tcp:') {
    const instead = protocol === 'redis:' ? ' TLS to Redis is asked for by rediss://.' : ''
    throw new ArgumentError(
      `Expected \`tls\` with a store at tcp://host:port alone, but the store is at ${protocol}//.${instead}`,
    )
  }
  switch (protocol) {
    case 'tcp:':
      if (hostname === '' || port === '') throw invalid('store', 'tcp://host:port', url)
      return tcpStore({ ...options, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) })
    case 'file:':
      return folderStore(fileURLToPath(url))
    case 'redis:':
    case 'rediss:':
      return redisStore({ url })
    default:
      throw invalid('store', kinds, url)
  }
}
