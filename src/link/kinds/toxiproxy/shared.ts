import type { Place } from './place.ts'

/** One Toxiproxy for all that use it at the same time; it ends with its last user. */
export function sharedPlace(open: () => Promise<Place>): () => Promise<Place> {
  let users = 0
  let opening: Promise<Place> | undefined
  /** Of the one before: the next must not begin while it ends. */
  let closing: Promise<void> = Promise.resolve()

  const leave = async (place: Place): Promise<void> => {
    if (--users > 0) return
    opening = undefined
    closing = Promise.resolve(place[Symbol.asyncDispose]())
    await closing
  }
  return async () => {
    users++
    opening ??= closing.catch(() => {}).then(open)
    try {
      const place = await opening
      return { ...place, [Symbol.asyncDispose]: () => leave(place) }
    } catch (error) {
      if (--users === 0) opening = undefined
      throw error
    }
  }
}
