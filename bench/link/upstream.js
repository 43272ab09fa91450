// The server behind every path that is measured, in a process of its own: an echo, and a sink that answers one byte for each
// block of bytes that it was told the size of. Prints its two ports as JSON; ends with its parent.
import { createServer } from 'node:net'

const listening = handler =>
  new Promise(resolve => {
    const server = createServer({ noDelay: true }, socket => {
      socket.on('error', () => {})
      handler(socket)
    })
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve(server.address().port))
  })

const echo = await listening(socket => socket.on('data', bytes => socket.write(bytes)))

const blockBytes = Number(process.argv[2])
const sink = await listening(socket => {
  let left = blockBytes
  socket.on('data', bytes => {
    left -= bytes.length
    if (left > 0) return
    left += blockBytes
    socket.write('k')
  })
})

process.stdout.write(`${JSON.stringify({ echo, sink })}\n`)
process.stdin.resume().on('end', () => process.exit())
