/** Where ours shows something else than Toxiproxy 2.12.0: all there is, and why. docs/toxiproxy.md shows this list. */
export interface Difference {
  /** The probe's name. */
  readonly probe: string
  /** What it shows on ours. */
  readonly ours: unknown
  /** For the page. */
  readonly toxiproxyDoes: string
  readonly halfopenDoes: string
  readonly reason: string
}

export const differences: readonly Difference[] = [
  {
    probe: 'GET /version has these keys',
    ours: ['version', 'halfopen'],
    toxiproxyDoes: '`/version` has `version`',
    halfopenDoes: '`version` is that of the API it speaks, `halfopen` its own',
    reason: 'clients look at `version` to know what they may ask for',
  },
  {
    probe: 'a proxy has these keys',
    ours: ['name', 'listen', 'upstream', 'enabled', 'toxics'],
    toxiproxyDoes: 'a proxy shows `"Logger": {}`',
    halfopenDoes: 'it does not',
    reason: 'a slip of Toxiproxy: its logger is exported by name',
  },
  {
    probe: 'the words about a value of the wrong kind',
    ours: 'bad request body: name has to be text, not 5',
    toxiproxyDoes: 'after `bad request body: `, the words of Go about its own types',
    halfopenDoes: 'words of its own, with the path of the value, for all of them at once; the status is the same',
    reason: "Go's words name types that are not here, and change with its version",
  },
  {
    probe: 'text after the JSON is ignored',
    ours: 400,
    toxiproxyDoes: 'ignores text after the JSON of a body',
    halfopenDoes: 'answers 400',
    reason: 'such a body is a mistake, and half of it would be lost silently',
  },
  {
    probe: 'a request for the host of somebody else',
    ours: 403,
    toxiproxyDoes: 'answers whatever `Host` a request names',
    halfopenDoes: 'answers to an IP address, to `localhost` and to what `--listen` says; 403 to any other',
    reason: 'a web page could drive it by DNS rebinding; for the name of a container: `--listen name:8474`',
  },
  {
    probe: 'a request by a page of another site',
    ours: 403,
    toxiproxyDoes: 'answers whatever `Origin` a request names',
    halfopenDoes: '403 where `Origin` or `Sec-Fetch-Site` tells of a page of another site',
    reason: 'a browser sends a POST of text for any page, and not every one calls itself Mozilla',
  },
  {
    probe: 'there is no CORS',
    ours: [403, undefined],
    toxiproxyDoes: 'answers 405 to the question before a request of another site (`OPTIONS`)',
    halfopenDoes: 'answers 403 to it',
    reason: 'it names its site by `Origin` too; neither allows what is asked',
  },
  {
    probe: 'a body of two megabytes',
    ours: 413,
    toxiproxyDoes: 'reads a body of any size',
    halfopenDoes: 'answers 413 to more than a megabyte',
    reason: 'nothing that it takes is as long, and memory ends',
  },
  {
    probe: 'a name with a slash is asked for as %2F',
    ours: 200,
    toxiproxyDoes: 'a proxy whose name has a slash can be made, and not asked for',
    halfopenDoes: 'it is asked for as `%2F`',
    reason: 'what can be made has to be got rid of again',
  },
  {
    probe: 'GET /metrics without a flag (T8)',
    ours: 200,
    toxiproxyDoes: '`/metrics` is 404 without `-proxy-metrics` or `-runtime-metrics`',
    halfopenDoes: 'it is always there',
    reason: 'counting costs nothing here',
  },
  {
    probe: 'bytes of a connection are counted while it lives (T8)',
    ours: [5, 5, 3, 3],
    toxiproxyDoes: 'bytes are counted once a connection has closed',
    halfopenDoes: 'bytes are counted as they pass',
    reason: 'MQTT connections live for days',
  },
  {
    probe: 'the same seed hits the same connections (T9)',
    ours: true,
    toxiproxyDoes: '`-seed` changes nothing',
    halfopenDoes: '`--seed` repeats toxicity, jitter and slices, by proxy, toxic and order of connections',
    reason: 'a chance that fails has to be repeatable',
  },
  {
    probe: 'an RST becomes a FIN at the other end (T3)',
    ours: ['rst', 'rst'],
    toxiproxyDoes: 'an RST becomes a FIN at the other end',
    halfopenDoes: 'it stays an RST',
    reason: 'ECONNRESET and an orderly end are different code in every client',
  },
  {
    probe: 'where the upstream refuses, the client gets a FIN',
    ours: 'rst',
    toxiproxyDoes: 'where the upstream refuses, the client gets a FIN',
    halfopenDoes: 'it gets an RST',
    reason: 'the refusal is an RST',
  },
  {
    probe: 'what a client gets that closed only its own half before the answer',
    ours: 'answer',
    toxiproxyDoes: 'closes the whole connection when one half is closed',
    halfopenDoes: 'the other half lives on; only what a toxic closes is closed whole',
    reason: 'data on its way to whoever has only said that it is done sending must arrive',
  },
  {
    probe: 'adding a toxic after latency lets the chunk go that it has in hand',
    ours: 'x later',
    toxiproxyDoes: 'adding or removing a toxic interrupts the one before it, which lets go of what it has in hand',
    halfopenDoes: 'other toxics are not disturbed',
    reason: 'an accident of how its toxics are chained',
  },
  {
    probe: 'a toxic draws again when another is added behind it',
    ours: false,
    toxiproxyDoes: 'a toxic draws its toxicity again when another is added or removed behind it',
    halfopenDoes: 'only at an update of its own',
    reason: 'the same accident: a connection that was spared would be hit because of a stranger',
  },
]
