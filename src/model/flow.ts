/** Direction of bytes: `up` is client to broker, as in Toxiproxy's `upstream`. */
export type Flow = 'up' | 'down'

/** An end of the link; also where an event was seen (its *edge*). */
export type Side = 'client' | 'broker'

export const FLOWS: readonly Flow[] = ['up', 'down']

/** The side at which a flow enters the link. */
export const sourceOf = (flow: Flow): Side => (flow === 'up' ? 'client' : 'broker')

/** The side at which a flow leaves the link. */
export const targetOf = (flow: Flow): Side => (flow === 'up' ? 'broker' : 'client')

/** The flow that enters the link at `side`. */
export const flowFrom = (side: Side): Flow => (side === 'client' ? 'up' : 'down')

export const opposite = (side: Side): Side => (side === 'client' ? 'broker' : 'client')

export type Direction = Flow | 'both'

export const flowsOf = (direction: Direction): readonly Flow[] => (direction === 'both' ? FLOWS : [direction])
