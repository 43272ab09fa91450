/**
 * Which of a device's connections are the client's that is under test. A program may open others beside it, under another client
 * id: to fetch its configuration, for a second client of its own. Those take nothing over, and their ends are no losses.
 *
 * - Where a connection comes with the id that the harness gave to the program, that id is the client under test.
 * - Else the client under test is who came first. An id that comes up later belongs to another client where one of its own
 *   connections is still open at the client's edge, since a client has one at a time; where none is, the client has come back
 *   under a new id, as many do that make one up at each start.
 *
 * What can't be read, and what never sent a CONNECT, is taken for the client's own: nothing speaks for another.
 */
import { type Connection, clientIdOf } from '../evidence/connection.ts'

/** `given`: the client id that the harness told the program to use, where it told one. In order of opening, as they come. */
export function ownConnections(connections: readonly Connection[], given?: string): readonly Connection[] {
  if (given !== undefined && connections.some(each => clientIdOf(each) === given))
    return connections.filter(each => (clientIdOf(each) ?? given) === given)
  const own: Connection[] = []
  const ownIds = new Set<string>()
  const otherIds = new Set<string>()
  for (const each of connections) {
    const id = clientIdOf(each)
    const isOther = id !== undefined && (otherIds.has(id) || (!ownIds.has(id) && own.some(isOpenAt(each.openedMs))))
    if (isOther) otherIds.add(id)
    else own.push(each)
    if (id !== undefined && !isOther) ownIds.add(id)
  }
  return own
}

const isOpenAt =
  (atMs: number) =>
  ({ ends }: Connection): boolean =>
    !ends.some(end => end.edge === 'client' && end.atMs <= atMs)
