// A route that parses a row and answers at once: node fastify.mjs FASTIFY PORT, where FASTIFY is the package's main file.
const [path, port] = process.argv.slice(2)
const { default: Fastify } = await import(path)
const app = Fastify()
app.post('/predict', async ({ body }) => ({
  prediction: body.age > 40 ? '>50K' : '<=50K',
  probabilities: { '<=50K': 0.9, '>50K': 0.1 },
}))
await app.listen({ port: Number(port) })
