import { uniforms } from '../../../lib/math/random.js'

/** A row with a column of every kind. */
export interface Person {
  age: number | null
  plan: string
  rooms: number
  isNew: boolean
  since: Date
  city: string | null
  note: string
  id: string
  churned: 'yes' | 'no'
  price: number
}

/** Rows whose `churned` follows from plan and age, and whose `price` follows from age and rooms. */
export function people(count: number, seed = 1): Person[] {
  const random = uniforms(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  return Array.from({ length: count }, (_, i) => {
    const age = 20 + Math.floor(random() * 600) / 10
    const plan = pick(['basic', 'pro', 'team'])
    const rooms = pick([1, 2, 3, 4])
    return {
      ...{ age: random() < 0.1 ? null : age, plan, rooms, isNew: random() < 0.5 },
      since: new Date(Date.UTC(2020, Math.floor(random() * 60), 1 + Math.floor(random() * 28), pick([0, 9, 17]))),
      city: pick(['Oslo', 'Rome', 'Lima', 'Kyiv', 'Pune', 'Bari', 'Turku', 'Graz', 'Nice', null]),
      note: `${pick(['good', 'bad', 'odd'])} customer number ${i} of the ${pick(['old', 'new'])} list`,
      ...{ id: `c-${i}`, churned: (plan === 'basic') !== age > 55 ? 'yes' : 'no', price: 1000 * age + 5000 * rooms },
    }
  })
}

/** A row without the targets. */
export function asked({ churned: _c, price: _p, ...row }: Person): Omit<Person, 'churned' | 'price'> {
  return row
}
