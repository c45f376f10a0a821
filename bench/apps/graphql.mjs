// GraphQL over three REST services on Node: Mercurius with loaders and graphql-jit, on Fastify and undici.
// `node graphql.mjs MODULES PORT ORDERS CUSTOMERS PRODUCTS`: where the packages are, and the ports.
import { createRequire } from 'node:module'

const [modules, port, ...services] = process.argv.slice(2)
const load = createRequire(`${modules}/`)
const { Pool } = load('undici')
const app = load('fastify')()

const [orders, customers, products] = services.map((each) => {
  const pool = new Pool(`http://127.0.0.1:${each}`, { connections: 64, pipelining: 1 })
  return async (path) => (await pool.request({ path, method: 'GET' })).body.json()
})

const schema = `
  type Query { listOrders: [Order!] }
  type Order {
    id: String! total: Float! status: String! customerId: Int! productId: Int!
    customer: Customer product: Product
  }
  type Customer { id: Int! name: String! email: String }
  type Product { id: Int! name: String! price: Float! }`

const many = (service, path, key) => ({
  async loader (queries) {
    const ids = [...new Set(queries.map(({ obj }) => obj[key]))]
    const found = new Map()
    for (const item of await service(`${path}?${ids.map((id) => `ids=${id}`).join('&')}`)) found.set(item.id, item)
    return queries.map(({ obj }) => found.get(obj[key]) ?? null)
  },
  opts: { cache: false }
})

app.register(load('mercurius'), {
  schema,
  jit: 1,
  resolvers: { Query: { listOrders: () => orders('/orders') } },
  loaders: {
    Order: { customer: many(customers, '/customers', 'customerId'), product: many(products, '/products', 'productId') }
  }
})
await app.listen({ port: Number(port), host: '127.0.0.1' })
