import { expect, test } from 'vitest'
import { answerText } from '../../src/text/read-text.ts'

const MB = 2 ** 20

/** A body that never ends, and tells how much of it was taken. */
function endless() {
  let taken = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      taken += MB
      controller.enqueue(new Uint8Array(MB).fill(0x61))
    },
  })
  return { response: new Response(body), takenBytes: () => taken }
}

test('an answer is its text, also where a character lies in two pieces', async () => {
  const bytes = Buffer.from('Vögel')
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.subarray(0, 2))
      controller.enqueue(bytes.subarray(2))
      controller.close()
    },
  })
  expect(await answerText(new Response(pieces), MB)).toBe('Vögel')
  expect(await answerText(new Response(null), MB)).toBe('')
})

test('an answer that never ends is refused, and read no further', async () => {
  const { response, takenBytes } = endless()
  await expect(answerText(response, 4 * MB)).rejects.toThrow('its answer is larger than 4 MB')
  expect(takenBytes()).toBeLessThan(8 * MB)
})
