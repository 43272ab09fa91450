// Makes the file for `go build -overlay` that has a Go program count time faster: overlay.mjs FOLDER; --check says only whether it can.
//
// A Go program asks the kernel for the time, and how long to sleep, by its own runtime, so that no library can be put before it. Here a few
// lines of the installed Go's runtime are replaced, in copies: what it reads of the clocks is multiplied, and what it waits for is divided.
// Each replacement must match exactly once: a Go whose runtime differs is refused by name.
//
// The program reads its speed from HALFOPEN_SPEED when it starts, so that one build serves all; without it time is as it was.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const isCheck = process.argv[2] === '--check'
const folder = resolve(process.argv[2] ?? 'overlay')
const ask = (...args) => execFileSync('go', args, { encoding: 'utf8' }).trim()
const [root, os, arch] = ask('env', 'GOROOT', 'GOOS', 'GOARCH').split('\n')
const version = ask('version')
const refuse = why => {
  console.error(`this Go can't be made to count faster: ${why} (${version})`)
  process.exit(1)
}
if (os !== 'linux') refuse(`it is known for linux, not for ${os}`)

const CLOCK = `
// Both are set once, by the only goroutine that there is then.
var speedup int64 = 1
var speedBase, speedWall int64

func init() {
	n := int64(0)
	for _, c := range []byte(gogetenv("HALFOPEN_SPEED")) {
		if c < '0' || c > '9' || n > 1000 {
			return
		}
		n = n*10 + int64(c-'0')
	}
	if n < 1 {
		return
	}
	sec, nsec, mono := rawnow()
	speedWall = sec*1e9 + int64(nsec)
	speedBase = mono
	speedup = n
}

//go:linkname time_now time.now
func time_now() (sec int64, nsec int32, mono int64) {
	s, n, m := rawnow()
	if speedup == 1 {
		return s, n, m
	}
	wall := speedWall + (s*1e9+int64(n)-speedWall)*speedup
	return wall / 1e9, int32(wall % 1e9), speedBase + (m-speedBase)*speedup
}
`

const EDITS = {
  [`time_linux_${arch}.s`]: [['TEXT time·now<ABIInternal>', 'TEXT ·rawnow<ABIInternal>']],
  'timeasm.go': [
    ['//go:linkname time_now time.now\n', ''],
    ['func time_now() (', 'func rawnow() ('],
  ],
  'time_nofake.go': [
    [
      '\treturn nanotime1()',
      '\tm := nanotime1()\n\tif speedup == 1 {\n\t\treturn m\n\t}\n\treturn speedBase + (m-speedBase)*speedup',
    ],
  ],
  'netpoll_epoll.go': [
    [
      '\tvar waitms int32\n\tif delay < 0 {',
      '\tvar waitms int32\n\tif delay > 0 && speedup > 1 {\n\t\tdelay = delay/speedup + 1\n\t}\n\tif delay < 0 {',
    ],
  ],
  'os_linux.go': [
    [
      '\tts.setNsec(ns)\n\tfutex(unsafe.Pointer(addr), _FUTEX_WAIT_PRIVATE',
      '\tif speedup > 1 {\n\t\tns = ns/speedup + 1\n\t}\n\tts.setNsec(ns)\n\tfutex(unsafe.Pointer(addr), _FUTEX_WAIT_PRIVATE',
    ],
  ],
}

if (!isCheck) mkdirSync(folder, { recursive: true })
const replace = {}
for (const [name, edits] of Object.entries(EDITS)) {
  const source = join(root, 'src/runtime', name)
  let text
  try {
    text = readFileSync(source, 'utf8')
  } catch {
    refuse(`its runtime has no ${name}`)
  }
  for (const [old, mine] of edits) {
    const times = text.split(old).length - 1
    if (times !== 1) refuse(`its runtime differs: ${name} has ${times} times ${JSON.stringify(old)}`)
    text = text.replace(old, () => mine)
  }
  const copy = join(folder, name)
  if (!isCheck) writeFileSync(copy, name === 'timeasm.go' ? text + CLOCK : text)
  replace[source] = copy
}
if (!isCheck) writeFileSync(join(folder, 'overlay.json'), JSON.stringify({ Replace: replace }))
