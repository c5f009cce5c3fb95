// Sends one request over and over on keep-alive connections: node load.mjs PORT PATH CONNECTIONS SECONDS BODY. Prints JSON.
import { connect } from 'node:net'

const [port, path, connections, seconds, body] = process.argv.slice(2)
const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
const request = Buffer.from(head + body)

const latencies = []
let failed = 0
const begin = performance.now()
const warm = begin + 1000
const end = warm + Number(seconds) * 1000

function client() {
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.setNoDelay(true)
    let text = ''
    let sent = 0
    const send = () => {
      text = ''
      sent = performance.now()
      socket.write(request)
    }
    socket.on('connect', send)
    socket.on('error', () => failed++)
    socket.on('close', resolve)
    socket.on('data', (part) => {
      text += part.toString('latin1')
      const at = text.indexOf('\r\n\r\n')
      if (at < 0) return
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
      if (text.length < at + 4 + length) return
      const now = performance.now()
      if (!text.startsWith('HTTP/1.1 200')) failed++
      else if (now >= warm) latencies.push(now - sent)
      if (now < end) send()
      else socket.end()
    })
  })
}

await Promise.all(Array.from({ length: Number(connections) }, client))
latencies.sort((a, b) => a - b)
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]
console.log(JSON.stringify({ perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99), failed }))
