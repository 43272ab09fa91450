/** Run as a process of its own by the tests: holds a sleep in the way of its argument, says its process id, and stays. */
import { spawn } from 'node:child_process'
import { tether } from '../../src/processes/tether.ts'

const tied = tether(['sleep', '120'], process.argv[2] === 'kernel' ? 'kernel' : 'pipe')
const [file, ...args] = tied.command
const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore', ...tied.stdio] })
tied.hold(child)
console.log(child.pid)
setInterval(() => {}, 1000)
