import { SIGNAL_EXIT, type StopSignal } from './exit.ts'

const SIGNALS = Object.keys(SIGNAL_EXIT) as StopSignal[]

let unfinished = false

/** Something was begun that did not end in order: in another thread, where nobody sees what it waits for. */
export function leaveUnfinished(): void {
  unfinished = true
}

/**
 * Ends the process now. exit(3) waits for the threads of libuv, and one of them may be looking up a name, for 10 s where no name
 * server answers (resolv.conf(5): 5 s, twice): nothing can call that off. So a second signal meets no listener of ours any more,
 * and a process that was told to stop dies of the signal itself, which a shell counts with the same number.
 */
export function quit(code: number): never {
  for (const name of SIGNALS) process.removeAllListeners(name)
  const by = SIGNALS.find(name => SIGNAL_EXIT[name] === code)
  if (by !== undefined && (unfinished || process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap')))
    process.kill(process.pid, by)
  process.exit(code)
}
