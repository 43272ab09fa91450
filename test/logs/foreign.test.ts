/**
 * Logs of programs that have nothing to do with MQTT, as they stand in /var/log and in consoles: none of their lines may tell of a
 * connection of MQTT, whatever it says of connecting. Those behind `near` speak of MQTT and are no client's life either.
 */
import { describe, expect, test } from 'vitest'
import { dialects } from '../../src/logs/dialects/index.ts'
import type { LogEvent } from '../../src/logs/log-event.ts'
import { LogReader } from '../../src/logs/reader.ts'
import { unusable } from '../../src/logs/report-words.ts'

function read(...lines: readonly string[]) {
  const events: LogEvent[] = []
  const reader = new LogReader(dialects, event => events.push({ ...event }))
  reader.push(Buffer.from(`${lines.join('\n')}\n`))
  return { events, report: reader.end() }
}

const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  'nginx access': [
    '192.0.2.1 - - [01/Jun/2024:12:00:00 +0000] "GET /mqtt HTTP/1.1" 101 2734 "-" "Mozilla/5.0"',
    '192.0.2.1 - bob [01/Jun/2024:12:00:01 +0000] "POST /broker/connected HTTP/2.0" 499 0 "-" "curl/8.1"',
  ],
  'nginx error': [
    '2024/06/01 12:00:00 [error] 33#33: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, upstream: "http://127.0.0.1:8080/"',
    '2024/06/01 12:00:05 [info] 33#33: *7 client timed out (110: Connection timed out) while reading client request headers, client: 192.0.2.1, server: 0.0.0.0:443',
  ],
  'nginx stream': ['192.0.2.1 [01/Jun/2024:12:00:00 +0000] TCP 200 1034 220 60.001 "10.0.0.2:5432"'],
  haproxy: [
    'Jun  1 12:00:00 lb haproxy[871]: 192.0.2.1:33317 [01/Jun/2024:12:00:00.123] ft_tcp bk_tcp/srv1 1/0/60001 212 cD 2/2/2/2/0 0/0',
    'Jun  1 12:00:01 lb haproxy[871]: Server bk/srv1 is DOWN, reason: Layer4 timeout, check duration: 2001ms.',
  ],
  apache: [
    '[Sat Jun 01 12:00:00.123456 2024] [proxy:error] [pid 812] (111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:8080 (*) failed',
  ],
  caddy: [
    '{"level":"error","ts":1717243200.123,"logger":"http.log.error","msg":"dial tcp 127.0.0.1:8080: connect: connection refused","request":{"remote_ip":"192.0.2.1"}}',
  ],
  traefik: [
    'time="2024-06-01T12:00:00Z" level=error msg="Error while handling TCP connection: readfrom tcp: read: connection reset by peer"',
    '192.0.2.1 - - [01/Jun/2024:12:00:00 +0000] "GET / HTTP/1.1" 502 11 "-" "-" 17 "web@docker" "http://172.18.0.2:80" 2ms',
  ],
  envoy: [
    '[2024-06-01T12:00:00.000Z] "- - -" 0 UF,URX 0 0 10000 - "-" "-" "-" "-" "10.0.0.2:1883"',
    '[2024-06-01 12:00:00.123][15][debug][connection] [source/common/network/connection_impl.cc:1009] [C7] connected',
  ],
  sshd: [
    'Jun  1 12:00:00 hub sshd[811]: Connection closed by 192.0.2.1 port 33317 [preauth]',
    'Jun  1 12:00:01 hub sshd[811]: Disconnected from user bob 192.0.2.1 port 33318',
    'Jun  1 12:00:02 hub sshd[812]: Timeout, client not responding from user bob 192.0.2.1 port 5',
    'Jun  1 12:00:03 hub sshd[812]: Received disconnect from 192.0.2.1 port 5:11: disconnected by user',
  ],
  cron: ['Jun  1 12:00:00 hub CRON[4711]: (root) CMD (/usr/local/bin/report --connect broker)'],
  dhclient: ['Jun  1 12:00:00 hub dhclient[512]: DHCPREQUEST on eth0 to 192.0.2.1 port 67'],
  NetworkManager: [
    "Jun  1 12:00:00 hub NetworkManager[512]: <info>  [1717243200.1] device (wlan0): state change: activated -> disconnected (reason 'none')",
    'Jun  1 12:00:01 hub NetworkManager[512]: <info>  [1717243201.1] manager: NetworkManager state is now CONNECTED_GLOBAL',
  ],
  wpa_supplicant: [
    'Jun  1 12:00:00 hub wpa_supplicant[512]: wlan0: CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:01 reason=4',
    'Jun  1 12:00:01 hub wpa_supplicant[512]: wlan0: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:01 completed',
  ],
  kernel: [
    '[12345.678901] eth0: Link is Down',
    '[12346.678901] usb 1-1: USB disconnect, device number 5',
    'Jun  1 12:00:00 hub kernel: [12345.678901] wlan0: deauthenticated from 02:00:00:00:00:01 (Reason: 2)',
    'Jun  1 12:00:00 hub kernel: possible SYN flooding on port 1883. Sending cookies.',
  ],
  systemd: [
    'Jun 01 12:00:00 hub systemd[1]: Started Mosquito Net Monitor.',
    'Jun 01 12:00:01 hub systemd[1]: docker.service: Main process exited, code=exited, status=1/FAILURE',
    'Jun 01 12:00:02 hub systemd[1]: Stopped target Network is Online.',
  ],
  'systemd-networkd': ['Jun 01 12:00:00 hub systemd-networkd[211]: eth0: Lost carrier'],
  chrony: ['Jun 01 12:00:00 hub chronyd[333]: System clock was stepped by 3600.123 seconds'],
  docker: [
    'time="2024-06-01T12:00:00.123456789Z" level=info msg="ignoring event" container=abc module=libcontainerd namespace=moby',
    'Jun 01 12:00:00 hub dockerd[1]: time="2024-06-01T12:00:00Z" level=warning msg="Health check for container abc error: context deadline exceeded"',
  ],
  kubelet: [
    'E0601 12:00:00.123456    1234 pod_workers.go:965] "Error syncing pod, skipping" err="failed to connect to container" pod="x/y"',
    'I0601 12:00:00.123456       1 leaderelection.go:250] successfully acquired lease kube-system/x',
  ],
  'kubectl events': [
    '5m  Warning  Unhealthy  pod/broker-0  Readiness probe failed: dial tcp 10.0.0.2:1883: connect: connection refused',
  ],
  postgres: [
    '2024-06-01 12:00:00.123 UTC [71] LOG:  connection received: host=192.0.2.1 port=33317',
    '2024-06-01 12:00:00.124 UTC [71] LOG:  connection authorized: user=bob database=mqtt',
    '2024-06-01 12:00:05.123 UTC [71] LOG:  could not receive data from client: Connection reset by peer',
    '2024-06-01 12:00:05.124 UTC [71] LOG:  disconnection: session time: 0:00:05.001 user=bob database=mqtt host=192.0.2.1',
  ],
  mysql: [
    "2024-06-01T12:00:00.123456Z 8 [Note] [MY-010914] [Server] Aborted connection 8 to db: 'x' user: 'bob' host: '192.0.2.1' (Got timeout reading communication packets).",
  ],
  mongodb: [
    '{"t":{"$date":"2024-06-01T12:00:00.123+00:00"},"s":"I","c":"NETWORK","id":22944,"ctx":"conn7","msg":"Connection ended","attr":{"remote":"192.0.2.1:33317","connectionCount":3}}',
    '2024-06-01T12:00:00.123+0000 I NETWORK  [listener] connection accepted from 192.0.2.1:33317 #7 (3 connections now open)',
  ],
  redis: [
    '1:M 01 Jun 2024 12:00:00.123 * Connection with replica client id #7 lost.',
    '1:S 01 Jun 2024 12:00:01.123 * Connecting to MASTER 192.0.2.1:6379',
  ],
  kafka: [
    '[2024-06-01 12:00:00,123] INFO [Consumer clientId=c-1, groupId=g] Group coordinator 192.0.2.1:9092 is unavailable or invalid due to cause: session timed out (org.apache.kafka.clients.consumer.internals.ConsumerCoordinator)',
    '[2024-06-01 12:00:00,123] WARN [Producer clientId=p-1] Connection to node -1 (broker/192.0.2.1:9092) could not be established. Broker may not be available. (org.apache.kafka.clients.NetworkClient)',
    '[2024-06-01 12:00:00,123] INFO [Producer clientId=p-1] Node 1 disconnected. (org.apache.kafka.clients.NetworkClient)',
  ],
  zookeeper: [
    '2024-06-01 12:00:00,123 [myid:1] - WARN  [NIOWorkerThread-3:NIOServerCnxn@373] - Close of session 0x100',
    '2024-06-01 12:00:00,123 - INFO  [SyncThread:0:ZooKeeperServer@694] - Established session 0x100 with negotiated timeout 30000 for client /192.0.2.1:33317',
  ],
  'RabbitMQ, AMQP only': [
    '2024-06-01 12:00:00.123456+00:00 [info] <0.711.0> accepting AMQP connection <0.711.0> (192.0.2.1:33317 -> 192.0.2.2:5672)',
    "2024-06-01 12:00:30.123456+00:00 [warning] <0.711.0> closing AMQP connection <0.711.0> (192.0.2.1:33317 -> 192.0.2.2:5672, vhost: '/', user: 'bob'):",
    '2024-06-01 12:00:30.123457+00:00 [warning] <0.711.0> client unexpectedly closed TCP connection',
    '2024-06-01 12:00:31.123456+00:00 [error] <0.711.0> missed heartbeats from client, timeout: 60s',
  ],
  'NATS without MQTT': [
    '[1] 2024/06/01 12:00:00.123456 [INF] 192.0.2.1:33317 - cid:7 - Client connection created',
    '[1] 2024/06/01 12:00:09.123456 [DBG] 192.0.2.1:33317 - cid:7 - Client connection closed: Stale Connection',
  ],
  ActiveMQ: [
    '2024-06-01 12:00:00,123 | WARN  | Transport Connection to: tcp://192.0.2.1:33317 failed: java.io.EOFException | org.apache.activemq.broker.TransportConnection.Transport | ActiveMQ Transport',
  ],
  elasticsearch: [
    '[2024-06-01T12:00:00,123][WARN ][o.e.t.TcpTransport] [node-1] exception caught on transport layer [Netty4TcpChannel{}], closing connection',
  ],
  logstash: [
    '[2024-06-01T12:00:00,123][ERROR][logstash.outputs.elasticsearch] Attempted to send a bulk request but there are no living connections in the pool',
  ],
  grafana: [
    'logger=context userId=1 t=2024-06-01T12:00:00.12Z level=info msg="Request Completed" method=GET path=/api/live/ws status=-1',
  ],
  prometheus: [
    'ts=2024-06-01T12:00:00.123Z caller=scrape.go:1234 level=warn msg="Error on ingesting samples" target=http://192.0.2.1:9100/metrics',
  ],
  influxdb: [
    '2024-06-01T12:00:00.123456Z\tinfo\tWrite failed\t{"log_id": "0x", "service": "write", "error": "timeout"}',
  ],
  telegraf: ['2024-06-01T12:00:00Z E! [outputs.influxdb] When writing to [http://192.0.2.1:8086]: connection refused'],
  'python traceback': [
    'Traceback (most recent call last):',
    '  File "/app/main.py", line 12, in <module>',
    '    sock.connect(("192.0.2.1", 80))',
    'ConnectionRefusedError: [Errno 111] Connection refused',
  ],
  'python requests': [
    'DEBUG:urllib3.connectionpool:Starting new HTTPS connection (1): broker.example:443',
    "2024-06-01 12:00:00,123 - urllib3.connectionpool - WARNING - Retrying (Retry(total=2)) after connection broken by 'RemoteDisconnected'",
  ],
  asyncio: ['2024-06-01 12:00:00,123 ERROR asyncio: Task exception was never retrieved future: <Task finished>'],
  uvicorn: [
    'INFO:     192.0.2.1:33317 - "WebSocket /ws" [accepted]',
    'INFO:     connection open',
    'INFO:     connection closed',
  ],
  'java stack': [
    '2024-06-01 12:00:00.123 ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet]    : Servlet.service() threw exception',
    'java.net.SocketTimeoutException: Read timed out',
    '\tat java.base/java.net.SocketInputStream.read(SocketInputStream.java:162)',
  ],
  'spring boot': [
    '2024-06-01 12:00:00.123  INFO 1 --- [main] o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port(s): 8080 (http)',
  ],
  go: [
    '2024/06/01 12:00:00 http: TLS handshake error from 192.0.2.1:33317: EOF',
    '2024/06/01 12:00:01 connected to database',
  ],
  'node http': [
    'Error: connect ECONNREFUSED 127.0.0.1:5432',
    '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1494:16)',
  ],
  'socket.io debug': [
    '2024-06-01T12:00:00.123Z socket.io:client client close with reason ping timeout',
    '2024-06-01T12:00:01.123Z engine:ws received "2"',
    '  socket.io:server initializing namespace / +0ms',
  ],
  'express debug': [
    '2024-06-01T12:00:00.123Z express:router dispatching GET /mqtt',
    '  express:router trim prefix (/mqtt) from url /mqtt +1ms',
  ],
  postfix: [
    'Jun  1 12:00:00 mail postfix/smtpd[811]: connect from unknown[192.0.2.1]',
    'Jun  1 12:00:05 mail postfix/smtpd[811]: lost connection after EHLO from unknown[192.0.2.1]',
    'Jun  1 12:00:05 mail postfix/smtpd[811]: disconnect from unknown[192.0.2.1] ehlo=1 commands=1',
  ],
  dovecot: [
    'Jun 01 12:00:00 imap(bob)<81><x>: Info: Disconnected: Connection closed (IDLE running for 0.001 + waiting input for 120.0 secs)',
  ],
  openvpn: [
    'Sat Jun  1 12:00:00 2024 bob/192.0.2.1:1194 [bob] Inactivity timeout (--ping-restart), restarting',
    'Sat Jun  1 12:00:00 2024 Initialization Sequence Completed',
  ],
  wireguard: [
    '[12345.678901] wireguard: wg0: Handshake for peer 1 (192.0.2.1:51820) did not complete after 5 seconds, retrying (try 2)',
  ],
  iptables: [
    'Jun  1 12:00:00 gw kernel: [123.456] DROP IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 PROTO=TCP SPT=33317 DPT=1883',
  ],
  samba: [
    '[2024/06/01 12:00:00.123456,  1] ../../source3/smbd/server.c:1023(remove_child_pid)',
    '  bob (192.0.2.1) closed connection to service share',
  ],
  minecraft: [
    '[12:00:00] [Server thread/INFO]: bob lost connection: Timed out',
    '[12:00:01] [Server thread/INFO]: bob joined the game',
  ],
  irc: ['12:00 -!- bob [~bob@192.0.2.1] has quit [Ping timeout: 240 seconds]'],
  'AWS VPC flow': ['2 123456789010 eni-1 192.0.2.1 192.0.2.2 33317 1883 6 20 4249 1717243200 1717243260 ACCEPT OK'],
  'AWS ALB': [
    'https 2024-06-01T12:00:00.123456Z app/lb/50 192.0.2.1:33317 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://x:443/mqtt HTTP/1.1" "curl" ECDHE TLSv1.2',
  ],
  cloudwatch: [
    '{"timestamp":1717243200123,"message":"START RequestId: 1 Version: $LATEST","logStreamName":"2024/06/01/x"}',
  ],
  android: [
    '06-01 12:00:00.123  1234  1250 D ConnectivityService: NetworkAgentInfo [WIFI () - 100] validation failed',
    '06-01 12:00:00.123 1234 1250 W System.err: java.net.ConnectException: Connection refused',
  ],
  git: ["fatal: unable to access 'https://example.org/mqtt/': Could not resolve host: example.org"],
  csv: ['time,device,state', '2024-06-01 12:00:00,pump,connected', '2024-06-01 12:05:00,pump,disconnected'],
  markdown: ['# MQTT broker', '', 'Connect to the broker with:', '', '    mosquitto_sub -h broker.example -t a/b'],
  yaml: ['mqtt:', '  broker: 192.0.2.1', '  keepalive: 60'],
  tcpdump: ['12:00:00.123456 IP 192.0.2.1.33317 > 192.0.2.2.1883: Flags [P.], seq 1:3, ack 1, win 502, length 2'],
  ping: ['64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.321 ms', 'Request timeout for icmp_seq 7'],
}

describe('a log of another program', () => {
  test.each(Object.entries(FOREIGN))('%s tells of no connection of MQTT', (_name, lines) => {
    // Once as it stands, and again and again, as a log has it.
    const { events, report } = read(...lines, ...lines, ...lines)
    expect(events).toEqual([])
    expect(report.programs.map(({ title }) => title)).toEqual([])
    const why = unusable(report, ['Mosquitto'])
    expect(why).toBeDefined()
    expect(why).not.toMatch(/look like lines of Mosquitto|log_timestamp/)
  })

  test('all of them together tell of none', () => {
    expect(read(...Object.values(FOREIGN).flat()).events).toEqual([])
  })
})

const NEAR: readonly string[] = [
  '2024-06-01 12:00:00 mqtt connected clients: 7',
  '2024-06-01 12:00:00 MQTT connected devices are shown in the dashboard',
  '2024-06-01 12:00:00 INFO Connected to MQTT topic browser window',
  '2024-06-01 12:00:00 Connection refused, no further information: /192.0.2.1:25565',
  '2024-06-01 12:00:00 connected to broker.example:9092 (kafka)',
  '2024-06-01 12:00:00 Connected to broker kafka-1:9092',
  '2024-06-01 12:00:00 disconnected from broker-2 (amqp), retrying',
  '2024-06-01 12:00:00 Unexpected disconnect of USB device',
  '2024-06-01 12:00:00 unexpected disconnect from peer 192.0.2.1:8333',
  '2024-06-01 12:00:00 Connecting to broker tcp://192.0.2.1:61616?wireFormat=openwire',
  '2024-06-01 12:00:00 Lost connection to broker kafka-2 (id: 2)',
  '2024-06-01 12:00:00 Failed to connect to broker: ib gateway 127.0.0.1:4002',
  '2024-06-01 12:00:00 Disconnected from broker API (trading session closed)',
]

describe("a line that is near a client's", () => {
  test.each(NEAR)('%s is none', line => {
    expect(read(line, line, line).events).toEqual([])
  })
})

describe('a log without dates', () => {
  test.each([
    ['Mosquitto', 'Client a closed its connection.', 'log_timestamp'],
    ['HiveMQ', 'Client ID: a, IP: 192.0.2.1, Clean Start: true, Session Expiry: 0 connected.', 'conf/logback.xml'],
    ['Moquette', 'Firing channel inactive event. MqttClientId = a.', 'log4j.properties'],
    [
      'RabbitMQ',
      '[info] <0.7.0> accepting MQTT connection <0.7.0> (192.0.2.1:5 -> 192.0.2.2:1883, client id: a)',
      'rabbitmq.conf',
    ],
    ['MQTT.js', 'mqttjs:client _setupKeepaliveManager :: keepalive 60 (seconds)', 'DEBUG_HIDE_DATE'],
    ["a Paho client's logger", 'Received CONNACK (0, 0)', '%(asctime)s'],
    [
      'EMQX',
      '[info] clientid: a, msg: terminate, peername: 192.0.2.1:5, reason: {shutdown,keepalive_timeout}',
      'journalctl',
    ],
    ['an MQTT client', 'MQTT connected', 'pio device monitor'],
  ])('of %s names it and its own setting', (title, line, setting) => {
    const why = unusable(read(line, line).report, [])
    expect(why).toContain(`these are lines of ${title}`)
    expect(why).toContain(setting)
    if (title !== 'Mosquitto') expect(why).not.toMatch(/mosquitto|log_timestamp/i)
  })

  test('and with words of none: no program is blamed for what another wrote', () => {
    for (const { title, dates } of dialects)
      if (title !== 'Mosquitto') expect(`${dates}`, title).not.toMatch(/mosquitto|log_timestamp/i)
  })
})
