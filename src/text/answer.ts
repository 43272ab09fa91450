/**
 * The body of an HTTP answer as text. Rejects where it holds more than `mostBytes`, and reads no further: whoever answers may never end.
 * The limit of time is the request's own signal, which stays in force.
 */
export async function answerText(response: Response, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    // Leaving the loop cancels the body.
    if (bytes > mostBytes) throw new Error(`its answer is larger than ${mostBytes >> 20} MB`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
