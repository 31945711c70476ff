/** Numbers in a row, as many as come: a list of objects would take ten times the room. */
const numbers = <Row extends Int32Array | Float64Array>(make: (length: number) => Row) => {
  let row = make(1 << 16)
  let length = 0
  return {
    push: (value: number) => {
      if (length === row.length) {
        const longer = make(length * 2)
        longer.set(row)
        row = longer
      }
      row[length] = value
      length += 1
    },
    at: (index: number): number => row[index]!,
    get length() {
      return length
    },
  }
}

/**
 * The worlds that were visited, each by a hash of it and the purse that was left there, with the one that it was first
 * come to from, and the undisturbed steps between them. About a hundred bytes a world, so that tens of millions have room.
 *
 * A world is known where it was visited with at least as much left of every disturbance: whatever may still become of it
 * was looked for there. Most disturbances are absorbed, and what follows them is known.
 */
export const visited = (covers: (left: number, other: number) => boolean) => {
  const hashes = numbers((length) => new Float64Array(length))
  const purses = numbers((length) => new Int32Array(length))
  const parents = numbers((length) => new Int32Array(length))
  const edges = numbers((length) => new Int32Array(length))
  let slots = new Int32Array(1 << 17).fill(-1)

  /** Where the first that serves is, or the free slot behind all that do not. */
  const slotOf = (hash: number, serves: (id: number) => boolean): number => {
    let slot = Math.abs(hash % 2_147_483_647) % slots.length
    while (slots[slot]! >= 0 && !(hashes.at(slots[slot]!) === hash && serves(slots[slot]!)))
      slot = slot + 1 === slots.length ? 0 : slot + 1
    return slot
  }
  const take = (id: number) => {
    slots[slotOf(hashes.at(id), () => false)] = id
  }
  const grow = () => {
    slots = new Int32Array(slots.length * 2).fill(-1)
    for (let id = 0; id < hashes.length; id += 1) take(id)
  }
  return {
    /** The number of a world that is known; −1 of one that is new. */
    find: (hash: number, purse: number): number => slots[slotOf(hash, (id) => covers(purses.at(id), purse))]!,
    /** Takes a new world in, and numbers it. */
    add: (hash: number, purse: number, parent: number): number => {
      const id = hashes.length
      hashes.push(hash)
      purses.push(purse)
      parents.push(parent)
      take(id)
      if (hashes.length * 2 > slots.length) grow()
      return id
    },
    link: (from: number, to: number) => {
      edges.push(to)
      edges.push(from)
    },
    is: (id: number, hash: number, purse: number): boolean => hashes.at(id) === hash && purses.at(id) === purse,
    parentOf: (id: number): number => parents.at(id),
    get count() {
      return hashes.length
    },
    /** A world from which none of the settled ones can be reached by the linked steps; −1 when there is none. */
    unreachable: (settled: readonly number[]): number => {
      const count = hashes.length
      const offsets = new Uint32Array(count + 1)
      for (let edge = 0; edge < edges.length; edge += 2) offsets[edges.at(edge) + 1]! += 1
      for (let id = 0; id < count; id += 1) offsets[id + 1]! += offsets[id]!
      const sources = new Uint32Array(edges.length / 2)
      const filled = offsets.slice()
      for (let edge = 0; edge < edges.length; edge += 2) {
        const to = edges.at(edge)
        sources[filled[to]!] = edges.at(edge + 1)
        filled[to]! += 1
      }
      const reached = new Uint8Array(count)
      const stack = [...settled]
      for (const id of settled) reached[id] = 1
      for (let id = stack.pop(); id !== undefined; id = stack.pop())
        for (let at = offsets[id]!; at < offsets[id + 1]!; at += 1) {
          const source = sources[at]!
          if (reached[source]) continue
          reached[source] = 1
          stack.push(source)
        }
      return reached.indexOf(0)
    },
  }
}
